"""Renewal type and parameters (subscription-api.md 2.17, 2.18; R6, R17, R18, R21)."""

import pytest
from msgspec.structs import replace

from tests.given import (
    ALIGN,
    CAPTURED,
    DECLINED,
    GOLD,
    UNKNOWN,
    Life,
    awaiting,
    ordered,
    paid,
)
from tollbridge.domain.events import ParametersChanged, RenewalTypeChanged
from tollbridge.domain.facts import fact_type, tells_fact
from tollbridge.domain.merchant import ManagementModel
from tollbridge.domain.preferences import PARAMETER_LENGTH_MAX, PARAMETERS_MAX
from tollbridge.domain.refusal import NotAllowed
from tollbridge.domain.subscription import RenewalType, SubscriptionStatus

AUTOMATIC, MANUAL = RenewalType.AUTOMATIC, RenewalType.MANUAL
NOT_ACTIVE = [s for s in SubscriptionStatus if s.name != "ACTIVE"]


def test_the_renewal_type_changes_there_and_back() -> None:
    """subscription-api.md 2.18, table 3.6: under model Two the statuses stay Active / Active."""
    life = paid((GOLD, 1))
    for renewal_type in (MANUAL, AUTOMATIC):
        life.change_renewal_type(renewal_type)
        assert life.subscription.renewal_type is renewal_type
        assert fact_type(life.events[-1]) == "renewal_type_changed"
        assert life.subscription.status is SubscriptionStatus.ACTIVE
        assert life.subscription.items[0].active


def test_the_type_it_has_already_changes_nothing() -> None:
    """Nothing happens that could be told."""
    life = paid((GOLD, 1))
    journal = len(life.events)
    life.change_renewal_type(AUTOMATIC)
    assert len(life.events) == journal


@pytest.mark.parametrize("renewal_type", RenewalType)
def test_model_one_has_no_renewal_type(renewal_type: RenewalType) -> None:
    """R21: refused, whether it waits for its customer or is renewed automatically."""
    automatic = ordered((GOLD, 1), model=ManagementModel.ONE)
    automatic.settle(CAPTURED)
    for life in (automatic, awaiting((GOLD, 1))):
        with pytest.raises(NotAllowed) as refused:
            life.change_renewal_type(renewal_type)
        assert (refused.value.reason, refused.value.field) == (
            "management_model_one",
            "RenewalType",
        )


@pytest.mark.parametrize("status", NOT_ACTIVE)
@pytest.mark.parametrize("renewal_type", RenewalType)
def test_a_renewal_type_needs_an_active_subscription(
    status: SubscriptionStatus, renewal_type: RenewalType
) -> None:
    """R18: 402 in every other status, also for the type it has."""
    life = paid((GOLD, 1))
    life.subscription = replace(life.subscription, status=status)
    with pytest.raises(NotAllowed) as refused:
        life.change_renewal_type(renewal_type)
    assert refused.value.reason == "subscription_not_active"


def test_an_open_renewal_is_voided_with_the_type() -> None:
    """R6: it is opened again from the state then; a difference that is owed stays."""
    life = paid((GOLD, 1))
    life.wait(days=10)
    life.renew()
    life.settle(DECLINED)
    life.change_renewal_type(MANUAL)
    assert isinstance(life.events[-1], RenewalTypeChanged)
    assert life.subscription.purchases == ()
    life.change(more=1, alignment=ALIGN)
    life.settle(DECLINED)
    life.change_renewal_type(AUTOMATIC)
    assert len(life.subscription.purchases) == 1


def test_a_payment_in_progress_does_not_matter() -> None:
    """R7: neither changes what is charged; what is in flight stays."""
    life = paid((GOLD, 1))
    life.wait(days=10)
    life.renew()
    life.settle(UNKNOWN)
    life.change_renewal_type(MANUAL)
    life.set_parameters({"a": "1"})
    assert life.subscription.payment_in_progress


def test_parameters_are_set_replaced_and_removed() -> None:
    """subscription-api.md 2.17: new keys, other values, and an empty value removes its key."""
    life = paid((GOLD, 1))
    life.set_parameters({"x-promotion": "25off", "y": "1"})
    life.set_parameters({"x-promotion": "30off", "z": "2", "unknown": ""})
    assert life.subscription.parameters == {"x-promotion": "30off", "y": "1", "z": "2"}
    life.set_parameters({"x-promotion": "", "z": ""})
    assert life.subscription.parameters == {"y": "1"}
    event = life.events[-1]
    assert isinstance(event, ParametersChanged)
    assert not tells_fact(event)


def test_parameters_change_no_price() -> None:
    """subscription-api.md 2.17: they are copied to the next purchase and are not told."""
    life = paid((GOLD, 1))
    before = life.preview()
    life.set_parameters({"x-promotion": "25off"})
    assert life.preview() == before
    assert len(life.subscription.items[0].paid) == 1


@pytest.mark.parametrize("status", NOT_ACTIVE)
def test_parameters_need_an_active_subscription(status: SubscriptionStatus) -> None:
    """R18: 402 in every other status."""
    life = paid((GOLD, 1))
    life.subscription = replace(life.subscription, status=status)
    with pytest.raises(NotAllowed) as refused:
        life.set_parameters({"a": "1"})
    assert refused.value.reason == "subscription_not_active"


@pytest.mark.parametrize(
    ("parameters", "reason"),
    [
        ({}, "no_items"),
        ({"": "1"}, "no_items"),
        ({"a": "1", "": ""}, "no_items"),
        ({"a" * (PARAMETER_LENGTH_MAX + 1): "1"}, "too_many_parameters"),
        ({"a": "1" * (PARAMETER_LENGTH_MAX + 1)}, "too_many_parameters"),
        ({str(n): "1" for n in range(PARAMETERS_MAX + 1)}, "too_many_parameters"),
    ],
)
def test_parameters_that_are_refused(parameters: dict[str, str], reason: str) -> None:
    """R17, R26: empty Items, an empty key, and what is out of bounds."""
    life = paid((GOLD, 1))
    before = life.subscription
    with pytest.raises(NotAllowed) as refused:
        life.set_parameters(parameters)
    assert refused.value.reason == reason
    assert life.subscription is before


def full() -> Life:
    """A subscription with as many parameters as it can have, of the greatest length."""
    life = paid((GOLD, 1))
    longest = "v" * PARAMETER_LENGTH_MAX
    life.set_parameters({f"{n:0{PARAMETER_LENGTH_MAX}}": longest for n in range(PARAMETERS_MAX)})
    return life


def test_only_parameters_that_stay_count() -> None:
    """subscription-api.md 2.17: when it is full, a new key can take the place of an old one."""
    life = full()
    with pytest.raises(NotAllowed) as refused:
        life.set_parameters({"new": "1"})
    assert refused.value.reason == "too_many_parameters"
    life.set_parameters({f"{0:0{PARAMETER_LENGTH_MAX}}": "", "new": "1"})
    assert len(life.subscription.parameters) == PARAMETERS_MAX
    life.set_parameters({"unknown": ""})
    assert len(life.subscription.parameters) == PARAMETERS_MAX
