"""Customers in the store: what replaces their rows, and looking subscriptions up by them."""

from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from tests.contract.storing import (
    DELIVERY,
    changed,
    held,
    paid,
    parties,
    save,
    saved,
    settled,
    signed_up,
    surroundings,
    upgraded,
)
from tests.given import GOLD, MERCHANT_ID, NOW, SEAT, STANDARD
from tollbridge.domain.customer import Contact, ContactRole, Customer
from tollbridge.domain.decision import Change, Decision
from tollbridge.domain.events import ProfileChanged
from tollbridge.domain.facts import Parties
from tollbridge.domain.outbox import read_input
from tollbridge.domain.profile import ContactChange, decide_contact_change
from tollbridge.ports import CustomerKey, Held, History, Saved, Store

OTHER = MERCHANT_ID + 1
LICENSEE = Contact(email="Carla@Customer.example", country_id="US", language_id="en")


def profile_changed(found: Held, changed: Parties, part: str = "billing") -> Decision:
    """The decision that these are the customer and card of a subscription from now on."""
    event = ProfileChanged(at=NOW, part=part)
    return Decision(
        changes=(Change(found.subscription).then(event),),
        parties=changed,
        parties_before=Parties(found.customer, found.payment_method),
    )


def change_customer(store: Store, number: int, **fields: object) -> Customer:
    """Replace fields of the customer of a subscription; the customer as it should be now."""
    found = held(store, number)
    customer = replace(found.customer, **fields)
    saved(store, profile_changed(found, Parties(customer, found.payment_method)))
    return customer


def ids(found: tuple[tuple[Held, History], ...] | None) -> list[int] | None:
    """The subscriptions that were found, None where nobody has the key."""
    return None if found is None else [held.subscription.id for held, _ in found]


def by_email(store: Store, email: str) -> list[int] | None:
    """The subscriptions of the customers with this e-mail address."""
    return ids(store.held_of_customers(MERCHANT_ID, CustomerKey(email=email)))


def test_a_changed_customer_takes_the_place_of_the_old_one(store: Store) -> None:
    """References and every contact: one changed, one added, one taken away, and back again."""
    paid(store, 1, 2)
    billing = replace(held(store, 1001).customer.billing, lastname="Müller", country_id="FR")
    steps: list[Mapping[str, object]] = [
        {"billing": billing, "reference_id": "new", "reference_no": "4711"},
        {"licensee": LICENSEE},
        {"delivery": None},
        {"licensee": None, "delivery": replace(DELIVERY, city="Paris")},
    ]
    for step in steps:
        assert change_customer(store, 1001, **step) == held(store, 1001).customer
    assert held(store, 1002).customer == parties(2).customer
    assert held(store, 1001).payment_method == parties(1).payment_method


def test_a_renewed_card_takes_the_place_of_the_old_one(store: Store) -> None:
    """The stored way to pay keeps its id."""
    paid(store, 1, 2)
    found = held(store, 1001)
    card = replace(found.payment_method, expiry_year=2033, token="tok_new")
    saved(store, profile_changed(found, Parties(found.customer, card), "card"))
    assert held(store, 1001).payment_method == card
    assert store.payment_method(MERCHANT_ID, card.id) == card
    assert held(store, 1002).payment_method == parties(2).payment_method


def test_a_change_that_loses_leaves_the_customer_alone(store: Store) -> None:
    """R7: the rows of the parties belong to the decision's transaction; nothing is half done."""
    paid(store, 1)
    found = held(store, 1001)
    stranger = replace(found.customer, reference_id="lost", licensee=LICENSEE, delivery=None)
    stale = profile_changed(found, Parties(stranger, found.payment_method))
    saved(store, changed(store, 1001))
    assert save(store, stale) == [Saved.CONFLICT]
    assert held(store, 1001).customer == found.customer


def test_a_change_is_told_with_the_parties_it_leads_to(store: Store) -> None:
    """What is frozen in the fact is the contact as it is now; earlier facts keep theirs."""
    paid(store, 1)
    found = held(store, 1001)
    wanted = ContactChange(role=ContactRole.DELIVERY, fields={"city": "Lyon"})
    decision = decide_contact_change(
        [found.subscription],
        Parties(found.customer, found.payment_method),
        wanted,
        surroundings(found),
    )
    saved(store, decision)
    delivery = replace(DELIVERY, city="Lyon")
    assert held(store, 1001).customer.delivery == delivery
    first, last = (read_input(fact) for fact in store.facts(MERCHANT_ID, 1001))
    assert (first.customer.delivery, last.customer.delivery) == (DELIVERY, delivery)


def test_changed_parties_must_be_named(store: Store) -> None:
    """A decision that changes parties and does not say which is a fault of the program."""
    paid(store, 1)
    found = held(store, 1001)
    whole = profile_changed(found, Parties(found.customer, found.payment_method))
    with pytest.raises(ValueError, match="parties"):
        save(store, replace(whole, parties=None))


def test_a_customer_is_not_changed_from_what_is_no_longer_stored(store: Store) -> None:
    """Two changes through two subscriptions of one customer: the second decides again."""
    people = parties(1)
    saved(store, signed_up(1, people=people))
    saved(store, signed_up(2, people=people))
    first, second = held(store, 1001), held(store, 1002)
    changed = [
        profile_changed(
            found, Parties(replace(found.customer, reference_id=name), found.payment_method)
        )
        for found, name in ((first, "first"), (second, "second"))
    ]
    assert list(save(store, changed[0])) == [Saved.SAVED]
    assert list(save(store, changed[1])) == [Saved.CONFLICT]
    assert held(store, 1002).customer.reference_id == "first"


def test_subscriptions_are_found_by_their_customer(store: Store) -> None:
    """By id and by the merchant's reference, which several customers may share."""
    people = parties(1)
    saved(store, signed_up(1), signed_up(3))
    saved(store, signed_up(2, people=people))
    key = CustomerKey(customer_id=people.customer.id)
    assert ids(store.held_of_customers(MERCHANT_ID, key)) == [1001, 1002]
    assert ids(store.held_of_customers(MERCHANT_ID, CustomerKey(customer_id=3003))) == [1003]
    assert store.held_of_customers(MERCHANT_ID, CustomerKey(customer_id=9)) is None
    change_customer(store, 1001, reference_id="shared")
    change_customer(store, 1003, reference_id="shared")
    shared = CustomerKey(reference_id="shared")
    assert ids(store.held_of_customers(MERCHANT_ID, shared)) == [1001, 1002, 1003]
    assert store.held_of_customers(MERCHANT_ID, CustomerKey(reference_id="Shared")) is None


def test_subscriptions_are_found_by_the_email_of_any_contact(store: Store) -> None:
    """In any case, at a sign-up and after a change; an address that is gone finds nobody."""
    saved(store, signed_up(1), signed_up(2))
    assert by_email(store, "ANNA@customer.EXAMPLE") == [1001, 1002]
    assert by_email(store, DELIVERY.email.title()) == [1001, 1002]
    change_customer(store, 1001, licensee=LICENSEE)
    assert by_email(store, "carla@customer.example") == [1001]
    assert held(store, 1001).customer.licensee == LICENSEE  # shown as it was typed
    change_customer(store, 1001, licensee=replace(LICENSEE, email="STRASSE@customer.example"))
    assert by_email(store, "carla@customer.example") is None
    assert by_email(store, "straße@customer.example") == [1001]
    change_customer(store, 1001, licensee=None)
    assert by_email(store, "straße@customer.example") is None


def test_an_empty_address_is_nobodys(store: Store) -> None:
    """Many contacts have none: asking for it is a fault of the program."""
    saved(store, signed_up(1))
    change_customer(store, 1001, licensee=replace(LICENSEE, email=""))
    with pytest.raises(ValueError, match="looked up by"):
        by_email(store, "")


def test_a_customer_without_subscriptions_is_known(store: Store) -> None:
    """The answer is no subscription, and not that there is no such customer."""
    saved(store, signed_up(1), signed_up(2))
    change_customer(store, 1001, delivery=replace(DELIVERY, email="only@customer.example"))
    found = held(store, 1001)
    moved = replace(found, subscription=replace(found.subscription, customer_id=3002))
    saved(store, profile_changed(moved, parties(2)))
    assert store.held_of_customers(MERCHANT_ID, CustomerKey(customer_id=3001)) == ()
    assert by_email(store, "only@customer.example") == []
    assert by_email(store, DELIVERY.email) == [1001, 1002]


def test_many_come_with_the_history_that_each_has_alone(store: Store) -> None:
    """By customer and by purchase: versions and links of each, in the order of ids."""
    saved(store, signed_up(1, (STANDARD, 1), (SEAT, 10), ids=(1009, 1001)))
    saved(store, settled(store, 2001))
    for quantity in (11, 12):
        saved(store, changed(store, 1001, quantity=quantity))
        saved(store, upgraded(store, 1001, 2000 + quantity, quantity))
        saved(store, settled(store, 2000 + quantity))
    paid(store, 2, lines=((GOLD, 1),))
    found = [store.held_with_history(MERCHANT_ID, number) for number in (1001, 1009)]
    alone = tuple(one for one in found if one is not None)
    assert [len(history.versions) for _, history in alone] == [4, 0]
    assert store.held_of_purchase_with_history(MERCHANT_ID, 2001) == alone
    assert store.held_of_customers(MERCHANT_ID, CustomerKey(customer_id=3001)) == alone
    assert ids(store.held_of_purchase_with_history(MERCHANT_ID, 2011)) == [1001]
    assert store.held_of_purchase_with_history(MERCHANT_ID, 1) == ()


def test_another_merchants_customers_and_purchases_do_not_exist(store: Store) -> None:
    """DESIGN 8: the same keys asked by another merchant find nobody."""
    saved(store, signed_up(1))
    for key in (
        CustomerKey(customer_id=3001),
        CustomerKey(reference_id=parties(1).customer.reference_id),
        CustomerKey(email=DELIVERY.email),
    ):
        assert ids(store.held_of_customers(MERCHANT_ID, key)) == [1001]
        assert store.held_of_customers(OTHER, key) is None
    assert store.held_of_purchase_with_history(OTHER, 2001) == ()


def test_a_number_that_no_row_can_have_is_nobodys(store: Store) -> None:
    """R26: ids from outside may be of any length."""
    for number in (2**63, 10**30):
        assert store.held_of_customers(MERCHANT_ID, CustomerKey(customer_id=number)) is None
        assert store.held_of_purchase_with_history(MERCHANT_ID, number) == ()
