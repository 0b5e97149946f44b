"""The customer's profile (subscription-api.md 2.11 to 2.13; R14, R18)."""

from collections.abc import Mapping

import pytest
from msgspec.structs import asdict, replace

from tests.given import GOLD, context, customer, paid, payment_method
from tollbridge.domain.customer import Contact, ContactRole, Customer
from tollbridge.domain.events import ProfileChanged, encode_event
from tollbridge.domain.facts import Parties, fact_type
from tollbridge.domain.payment import StoredCard
from tollbridge.domain.profile import (
    ContactChange,
    changed_customer,
    decide_card_update,
    decide_contact_change,
    decide_reference_change,
)
from tollbridge.domain.refusal import NotAllowed
from tollbridge.domain.subscription import Subscription, SubscriptionStatus

BILLING, DELIVERY, LICENSEE = ContactRole.BILLING, ContactRole.DELIVERY, ContactRole.LICENSEE
FRENCH: Mapping[str, str] = {"country_id": "FR", "language_id": "fr", "city": "Lyon"}
ANNA = Contact(email="anna@customer.example", firstname="Anna", country_id="DE", language_id="de")
MOVED = replace(ANNA, country_id="FR", language_id="fr", city="Lyon")
BARE = Contact(country_id="FR", language_id="fr", city="Lyon")
BEN = Contact(firstname="Ben", country_id="AT", language_id="de")
NOT_ACTIVE = [s for s in SubscriptionStatus if s.name != "ACTIVE"]


def parties() -> Parties:
    """Anna, who is all three contacts, and her card."""
    return Parties(customer(), payment_method())


def changed(
    role: ContactRole, *, delete: bool = False, split: bool = False, licensee: Contact | None = None
) -> Customer:
    """Anna's profile after French data for this role."""
    before = replace(customer(), licensee=licensee)
    change = ContactChange(role=role, fields=FRENCH, delete_omitted=delete, split=split)
    return changed_customer(before, change)


@pytest.mark.parametrize(("delete", "contact"), [(False, MOVED), (True, BARE)])
def test_fields_that_are_omitted(*, delete: bool, contact: Contact) -> None:
    """subscription-api.md 2.13: they stay, or are emptied when that is asked for."""
    after = changed(BILLING, delete=delete)
    assert after == replace(customer(), billing=contact)
    assert after.country == "FR"  # R14: VAT follows the billing contact


def test_a_field_can_be_emptied_by_name() -> None:
    """subscription-api.md 2.13: what is given empty is empty."""
    change = ContactChange(role=BILLING, fields={**FRENCH, "firstname": ""})
    assert changed_customer(customer(), change).billing == replace(MOVED, firstname="")


@pytest.mark.parametrize("role", [DELIVERY, LICENSEE])
def test_a_shared_contact_changes_for_all(role: ContactRole) -> None:
    """subscription-api.md 2.13: one entity in three roles, so the billing contact moves too."""
    assert changed(role) == replace(customer(), billing=MOVED)


@pytest.mark.parametrize(("delete", "contact"), [(False, MOVED), (True, BARE)])
@pytest.mark.parametrize("role", [DELIVERY, LICENSEE])
def test_a_shared_contact_can_be_split_off(
    role: ContactRole, contact: Contact, *, delete: bool
) -> None:
    """subscription-api.md 2.13: an entity of its own, which begins as what it was split from."""
    after = changed(role, delete=delete, split=True)
    assert asdict(after)[role.value] == contact
    assert (after.billing, after.country) == (ANNA, "DE")


@pytest.mark.parametrize("split", [False, True])
def test_a_contact_of_its_own_changes_alone(*, split: bool) -> None:
    """subscription-api.md 2.13: split off already, so there is nothing more to split."""
    after = changed(LICENSEE, split=split, licensee=BEN)
    assert after.licensee == replace(BEN, country_id="FR", language_id="fr", city="Lyon")
    assert (after.billing, after.delivery) == (ANNA, None)
    assert changed(BILLING, licensee=BEN).licensee == BEN
    assert changed(DELIVERY, licensee=BEN).billing == MOVED


def subscriptions(*statuses: SubscriptionStatus) -> list[Subscription]:
    """Subscriptions of Anna's in these statuses."""
    return [
        replace(paid((GOLD, 1), subscription_id=number).subscription, status=status)
        for number, status in enumerate(statuses, start=1)
    ]


@pytest.mark.parametrize("role", ContactRole)
def test_a_contact_change_is_noted_where_it_counts(role: ContactRole) -> None:
    """R18, 2.13: in each active subscription, and told by a fact without personal data."""
    mine = subscriptions(SubscriptionStatus.ACTIVE, *NOT_ACTIVE, SubscriptionStatus.ACTIVE)
    change = ContactChange(role=role, fields=FRENCH)
    decision = decide_contact_change(mine, parties(), change, context())
    assert [c.after.id for c in decision.changes] == [1, len(mine)]
    (event,) = decision.changes[0].events
    assert isinstance(event, ProfileChanged)
    assert (event.part, fact_type(event)) == (role.value, "profile_changed")
    assert b"Lyon" not in encode_event(event)
    assert decision.parties_before == parties()
    assert decision.parties == Parties(changed_customer(customer(), change), payment_method())


@pytest.mark.parametrize("status", NOT_ACTIVE)
def test_a_contact_change_needs_an_active_subscription(status: SubscriptionStatus) -> None:
    """R18: 402 where no subscription of the customer is Active."""
    change = ContactChange(role=BILLING, fields=FRENCH)
    for mine in ([], subscriptions(status, status)):
        with pytest.raises(NotAllowed) as refused:
            decide_contact_change(mine, parties(), change, context())
        assert refused.value.reason == "subscription_not_active"


def test_the_reference_of_a_customer() -> None:
    """subscription-api.md 2.12: the merchant's own id; nothing else changes."""
    life = paid((GOLD, 1))
    decision = decide_reference_change(life.subscription, parties(), "115515453", context())
    assert decision.parties is not None
    assert decision.parties.customer == replace(customer(), reference_id="115515453")
    assert decision.parties_before == parties()
    (event,) = decision.changes[0].events
    assert isinstance(event, ProfileChanged)
    assert event.part == "reference"
    assert b"115515453" not in encode_event(event)


@pytest.mark.parametrize("status", NOT_ACTIVE)
def test_a_reference_needs_an_active_subscription(status: SubscriptionStatus) -> None:
    """R18: 402 in every other status."""
    (subscription,) = subscriptions(status)
    with pytest.raises(NotAllowed) as refused:
        decide_reference_change(subscription, parties(), "1", context())
    assert refused.value.reason == "subscription_not_active"


def stored(last_four: str, expiry_year: int) -> StoredCard:
    """The card that the updater answers with."""
    old = payment_method()
    return StoredCard(
        gateway=old.gateway,
        token=old.token,
        type_id=old.type_id,
        type_name=old.type_name,
        last_four=last_four,
        expiry_month=old.expiry_month,
        expiry_year=expiry_year,
    )


def test_a_newer_card_takes_the_old_ones_place() -> None:
    """subscription-api.md 2.11: under the same id, so that nothing else has to change."""
    life = paid((GOLD, 1))
    decision = decide_card_update(life.subscription, parties(), stored("1881", 2034), context())
    assert decision.parties is not None
    method = decision.parties.payment_method
    assert method == replace(payment_method(), last_four="1881", expiry_year=2034)
    (event,) = decision.changes[0].events
    assert isinstance(event, ProfileChanged)
    assert event.part == "card"
    assert b"1881" not in encode_event(event)


def test_the_same_card_changes_nothing() -> None:
    """subscription-api.md 2.11: no event, no row."""
    life = paid((GOLD, 1))
    decision = decide_card_update(life.subscription, parties(), stored("765T", 2030), context())
    assert not decision.changed
    assert decision.parties_before is None
