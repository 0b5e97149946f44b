"""Next billing date, parameters and renewal type (subscription-api.md 2.14, 2.17, 2.18)."""

import pytest

from tests.given import FREE, GOLD
from tests.rest.world import CANCELLED, CLOUDIFY, OK, SEATS, SINGLE, World
from tollbridge.domain.merchant import ManagementModel
from tollbridge.domain.subscription import RenewalType

DATE, TYPE = "updatenextbillingdate", "updatesubscriptionrenewaltype"
PARAMETERS = "updatesubscriptionparameters"
OLD = "2026-03-09T15:43:07.20517"


def date(text: str, subscription_id: int = SINGLE) -> dict[str, object]:
    """A body of updatenextbillingdate."""
    return {"NextBillingDate": text, "SubscriptionId": f"S{subscription_id}"}


def renewal_type(value: object, subscription_id: int = SINGLE) -> dict[str, object]:
    """A body of updatesubscriptionrenewaltype."""
    return {"SubscriptionId": f"S{subscription_id}", "RenewalType": value}


def parameters(*items: object, subscription_id: int = SINGLE) -> dict[str, object]:
    """A body of updatesubscriptionparameters."""
    return {"Items": list(items), "SubscriptionId": f"S{subscription_id}"}


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("2026-08-03T11:20:34.15Z", "2026-08-03T11:20:34.15"),
        ("2026-08-03T11:20:34.15+02:00", "2026-08-03T09:20:34.15"),
        ("2026-08-03T11:20:34.15", "2026-08-03T11:20:34.15"),
        ("2026-08-03", "2026-08-03T00:00:00"),
        ("2026-02-09T15:43:08Z", "2026-02-09T15:43:08"),
    ],
)
def test_the_billing_date_is_moved(world: World, written: str, read: str) -> None:
    """2.14, 1.6: any RFC 3339 date, no zone is UTC; for the whole subscription; no charge."""
    assert world.call(DATE, date(written)).text == OK
    found = world.read(SINGLE)
    assert (found["NextBillingDate"], found["NextRenewalDate"]) == (read, read)
    assert found["LastIntervalNo"] == 0
    assert world.events(SINGLE)[-1] == "BillingDateMoved"


def test_later_dates_are_counted_from_the_new_one(any_world: World) -> None:
    """R5: an explicit move sets the anchor; the renewal after it counts from there."""
    assert any_world.call(DATE, date("2026-05-31T00:00:00Z")).text == OK
    answer = any_world.call("renewsubscription", {"SubscriptionId": SINGLE})
    assert answer.json()["NextBillingDate"] == "2026-06-30T00:00:00+00:00"
    any_world.wait(days=120)
    answer = any_world.call("renewsubscription", {"SubscriptionId": SINGLE})
    assert answer.json()["NextBillingDate"] == "2026-07-31T00:00:00+00:00"


def test_a_reinstated_subscription_gets_a_new_date(world: World) -> None:
    """Seed 002 lines 1635 and 1649: reinstate, then move the date (R22)."""
    world.call("reinstatesubscriptionitems", {"SubscriptionId": CANCELLED, "Items": [1]})
    assert world.call(DATE, date("2026-02-09T15:44:07.2Z", CANCELLED)).text == OK
    assert world.read(CANCELLED)["NextBillingDate"] == "2026-02-09T15:44:07.2"


DATES_REFUSED = [
    ({"SubscriptionId": 5}, 400, "Missing required field: NextBillingDate"),
    ({"NextBillingDate": "2026-08-03T11:20:34.15Z"}, 400, "Missing required field"),
    (date("soon"), 400, "NextBillingDate must be an RFC 3339 date"),
    (date("2026-02-30"), 400, "NextBillingDate is a date that does not exist"),
    (date("2201-01-01"), 400, "NextBillingDate must lie in the years"),
    (date("2019-08-03T11:20:34.15Z", 5), 404, "not found: S5"),
    (date("2019-08-03T11:20:34.15Z"), 402, "NextBillingDate must be in the future"),
    (date("2026-02-09T15:43:07.20517Z"), 402, "NextBillingDate must be in the future"),
    (date("2026-08-03", CANCELLED), 402, "not active"),
]


@pytest.mark.parametrize(("body", "status", "text"), DATES_REFUSED)
def test_dates_that_are_refused(
    shared_world: World, body: dict[str, object], status: int, text: str
) -> None:
    """R17, R18, R26 and 2.14; seed 002 line 1649 names a date that has passed."""
    shared_world.refuses(DATE, body, status, text)


def test_no_date_moves_while_a_payment_is_in_flight(world: World) -> None:
    """R7: the payment that is on its way may move it."""
    [number] = world.buy((FREE.id, 1), card="T20000000000067T")
    aligned = {
        "SubscriptionId": number,
        "ProductId": GOLD.id,
        "Quantity": 1,
        "AlignmentSettings": {"AlignToCurrentInterval": True},
    }
    world.call("addsubscriptionitem", aligned)
    world.refuses(DATE, date("2026-08-03", number), 402, "in progress")


@pytest.mark.parametrize("value", ["Manual", "manual", 2, "2"])
def test_renewal_becomes_manual(any_world: World, value: object) -> None:
    """2.18, seed 002 lines 1697 and 1776: under 2.0 the subscription stays Active (3.6)."""
    assert any_world.call(TYPE, renewal_type(value)).text == OK
    found = any_world.read(SINGLE)
    assert (found["RenewalType"], found["Subscriptionstatus"]) == ("Manual", 1)
    assert found["Items"][0]["Status"] == 1
    assert any_world.journal(SINGLE)[-1]["details"] == {
        "event": "RenewalTypeChanged",
        "renewal_type": "Manual",
    }
    assert any_world.call(TYPE, renewal_type("Automatic")).text == OK
    assert any_world.read(SINGLE)["RenewalType"] == "Automatic"


@pytest.mark.parametrize("value", ["Automatic", 1])
def test_the_type_that_it_has_changes_nothing(shared_world: World, value: object) -> None:
    """2.18: OK, and nothing happened."""
    before = shared_world.state()
    assert shared_world.call(TYPE, renewal_type(value)).text == OK
    assert shared_world.state() == before


TYPES_REFUSED = [
    ({"SubscriptionId": 5}, 400, "Missing required field: RenewalType"),
    (renewal_type("sometimes"), 400, "RenewalType must be one of Automatic, Manual"),
    (renewal_type(0), 400, "RenewalType must be one of"),
    (renewal_type(3), 400, "RenewalType must be one of"),
    (renewal_type("Manual", 5), 404, "not found: S5"),
    (renewal_type("Manual", SEATS), 402, "only be changed under subscription management 2.0"),
    (renewal_type("Automatic", SEATS), 402, "only be changed under subscription management 2.0"),
    (renewal_type("Manual", CANCELLED), 402, "not active"),
]


@pytest.mark.parametrize(("body", "status", "text"), TYPES_REFUSED)
def test_types_that_are_refused(
    shared_world: World, body: dict[str, object], status: int, text: str
) -> None:
    """R17, R18, R21: management model One has no renewal type of its own."""
    shared_world.refuses(TYPE, body, status, text)


def test_both_models_tell_a_manual_renewal(world: World) -> None:
    """3.6: Two is Active with RenewalType Manual, One is Deactivated / AwaitingReinstate."""
    for model, status, item in ((ManagementModel.TWO, 1, 1), (ManagementModel.ONE, 2, 5)):
        [number] = world.buy((GOLD.id, 1), renewal_type=RenewalType.MANUAL, management_model=model)
        found = world.read(number)
        assert (found["ManagementModel"], found["RenewalType"]) == (model.value, "Manual")
        assert (found["Subscriptionstatus"], found["Items"][0]["Status"]) == (status, item)


def kept(world: World, subscription_id: int = SINGLE) -> dict[str, str]:
    """The parameters of a subscription; no answer of the API shows them."""
    held = world.platform.store.held(CLOUDIFY, subscription_id)
    assert held is not None
    return held.subscription.parameters


def test_parameters_are_set_overwritten_and_removed(any_world: World) -> None:
    """2.17: x-promotion=25off; an empty value removes the key, so does one left out."""
    first = parameters({"Key": "x-promotion", "Value": "25off"}, {"Key": "x-a", "Value": "1"})
    assert any_world.call(PARAMETERS, first).text == OK
    assert kept(any_world) == {"x-promotion": "25off", "x-a": "1"}
    assert any_world.journal(SINGLE)[-1]["details"] == {
        "event": "ParametersChanged",
        "parameters": [
            {"key": "x-promotion", "value": "25off"},
            {"key": "x-a", "value": "1"},
        ],
    }
    second = parameters({"KEY": "x-promotion", "value": "30off"}, {"Key": "x-a", "Value": ""})
    assert any_world.call(PARAMETERS, second).text == OK
    assert kept(any_world) == {"x-promotion": "30off"}
    assert any_world.call(PARAMETERS, parameters({"Key": "x-promotion"})).text == OK
    assert kept(any_world) == {}


def test_of_one_key_the_last_counts(world: World) -> None:
    """1.5: duplicates are no error. Items may come wrapped, as from XML (1.3)."""
    items = [{"Key": "x-a", "Value": "1"}, {"Key": "x-a", "Value": "2"}]
    assert world.call(PARAMETERS, {"SubscriptionId": SINGLE, "Items": {"Item": items}}).text == OK
    assert kept(world) == {"x-a": "2"}


PARAMETERS_REFUSED = [
    ({"SubscriptionId": 5}, 400, "Missing required field: Items"),
    (parameters("x-a"), 400, "Items[0] must be an object"),
    (parameters({"Value": "1"}), 400, "Missing required field: Items[0].Key"),
    (parameters({"Key": "x-a", "Value": 1}), 400, "Items[0].Value must be a text"),
    (parameters({"Key": "x" * 1001}), 400, "Items[0].Key must have at most 1000 characters"),
    (parameters(*[{"Key": "x"}] * 101), 400, "Items must have at most 100 entries"),
    (parameters(subscription_id=5), 404, "not found: S5"),
    (parameters(), 402, "at least one key"),
    (parameters({"Key": "", "Value": "1"}), 402, "at least one key"),
    (parameters({"Key": "x-a", "Value": "1"}, subscription_id=CANCELLED), 402, "not active"),
]


@pytest.mark.parametrize(("body", "status", "text"), PARAMETERS_REFUSED)
def test_parameters_that_are_refused(
    shared_world: World, body: dict[str, object], status: int, text: str
) -> None:
    """R17, R18."""
    shared_world.refuses(PARAMETERS, body, status, text)


def test_a_subscription_has_no_endless_parameters(world: World) -> None:
    """R26: what comes from outside is bounded."""
    hundred = [{"Key": f"x-{number}", "Value": "1"} for number in range(100)]
    assert world.call(PARAMETERS, parameters(*hundred)).text == OK
    one_more = parameters({"Key": "y", "Value": "1"})
    world.refuses(PARAMETERS, one_more, 402, "At most 100 parameters")
