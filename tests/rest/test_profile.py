"""updateaccount, updatecustomer, updatecontact (subscription-api.md 2.11 to 2.13)."""

from typing import Any

import pytest

from tests.given import GOLD, SEAT, STANDARD
from tests.rest.world import CANCELLED, CLOUDIFY, CUSTOMER, OK, SEATS, SINGLE, World
from tollbridge.domain.customer import Customer

ACCOUNT, CUSTOMER_ID, CONTACT = "updateaccount", "updatecustomer", "updatecontact"
BY_CUSTOMER = "/subscription/getsubscriptionsforcustomer"


def customer(world: World, subscription_id: int = SINGLE) -> Customer:
    """The customer of a subscription as it is stored."""
    held = world.platform.store.held(CLOUDIFY, subscription_id)
    assert held is not None
    return held.customer


def contact(subscription_id: int | None = SINGLE, **fields: object) -> dict[str, Any]:
    """A body of updatecontact; `fields` are those of the contact."""
    return {
        "Contact": {"CountryId": "DE", "LanguageId": "de", **fields},
        "ContactType": "BillingContact",
        "SubscriptionId": None if subscription_id is None else f"S{subscription_id}",
    }


def test_a_newer_card_is_stored(any_world: World) -> None:
    """2.11: the card updater knows a newer card; the next answer shows it."""
    [number] = any_world.buy((SEAT.id, 1), card="T20000000000080T")
    assert any_world.call(ACCOUNT, {"SubscriptionId": number}).text == OK
    card = any_world.read(number)["PaymentInfo"]
    assert card["CardExpirationDate"] == {"Month": 12, "Year": 2030}
    assert card["CardLastFourDigits"] == "080T"
    assert any_world.journal(number)[-1]["details"] == {"event": "ProfileChanged", "part": "card"}


def test_nothing_newer_changes_nothing(shared_world: World) -> None:
    """2.11: OK all the same."""
    before = shared_world.state()
    assert shared_world.call(ACCOUNT, {"SubscriptionId": f"S{SINGLE}"}).text == OK
    assert shared_world.state() == before


def test_your_own_id_of_a_customer(any_world: World) -> None:
    """2.12: from now on the customer is found by it, and no longer by the old one."""
    body = {"CustomerReferenceId": "115515453", "SubscriptionId": SINGLE}
    assert any_world.call(CUSTOMER_ID, body).text == OK
    assert any_world.read(SINGLE)["CustomerReferenceId"] == "115515453"
    assert any_world.get(f"{BY_CUSTOMER}?customerReferenceId=115515453").status_code == 200
    old = f"customer-of-{SINGLE}"
    assert any_world.get(f"{BY_CUSTOMER}?customerReferenceId={old}").status_code == 404
    assert any_world.journal(SINGLE)[-1]["details"] == {
        "event": "ProfileChanged",
        "part": "reference",
    }


@pytest.mark.parametrize(
    "nothing", [{}, {"CustomerReferenceId": None}, {"CustomerReferenceId": ""}]
)
def test_no_id_leaves_the_id(shared_world: World, nothing: dict[str, object]) -> None:
    """2.12: CustomerReferenceId is optional; nobody loses theirs by leaving it out."""
    before = shared_world.state()
    assert shared_world.call(CUSTOMER_ID, {"SubscriptionId": SINGLE, **nothing}).text == OK
    assert shared_world.state() == before


def test_the_contact_of_the_guide(any_world: World) -> None:
    """2.13: EMail and Email alike; what is not given stays; no personal detail in the journal."""
    body = contact(
        EMail="anna@customer.example",
        LanguageId="EN",
        City="Berlin",
        Firstname="Anna",
        Lastname="Test",
        PostalCode="50667",
        Street1="Goethestr",
        Title="Miss",
    )
    assert any_world.call(CONTACT, body).text == OK
    now = customer(any_world).billing
    assert (now.email, now.language_id, now.city) == ("anna@customer.example", "en", "Berlin")
    assert (now.firstname, now.lastname, now.street1) == ("Anna", "Test", "Goethestr")
    assert any_world.call(CONTACT, contact(Email="a@customer.example", City="")).text == OK
    now = customer(any_world).billing
    assert (now.email, now.city, now.firstname) == ("a@customer.example", "", "Anna")
    told = any_world.journal(SINGLE)[-1]
    assert told["details"] == {"event": "ProfileChanged", "part": "billing"}
    assert "anna" not in str(told).lower()


@pytest.mark.parametrize("kind", ["BillingContact", "billingcontact", 1, "1"])
def test_the_country_of_the_billing_contact_decides_the_tax(world: World, kind: object) -> None:
    """R14, 2.13: from the next bill on."""
    body = {**contact(CountryId="fr"), "ContactType": kind}
    assert world.call(CONTACT, body).text == OK
    found = world.read(SINGLE)
    amounts = [found[f"NextBillingCustomer{part}Price"] for part in ("Gross", "Net", "Vat")]
    assert [str(amount) for amount in amounts] == ["100.0", "83.33", "16.67"]


@pytest.mark.parametrize(("kind", "role"), [("DeliveryContact", "delivery"), (0, "licensee")])
def test_the_other_contacts(world: World, kind: object, role: str) -> None:
    """2.13: one entity with the billing contact until it is split off."""
    body = {**contact(CountryId="FR", City="Paris"), "ContactType": kind, "SplitContact": True}
    assert world.call(CONTACT, body).text == OK
    now = customer(world)
    assert (now.billing.country_id, getattr(now, role).city) == ("DE", "Paris")
    assert getattr(now, role).email == "jana@customer.example"
    assert world.journal(SINGLE)[-1]["details"]["part"] == role
    again = {**contact(City="Lyon", CountryId="FR"), "ContactType": kind}
    assert world.call(CONTACT, again).text == OK
    assert (customer(world).billing.city, getattr(customer(world), role).city) == ("", "Lyon")


def test_a_contact_that_is_not_split_changes_with_the_billing_contact(world: World) -> None:
    """2.13: a partial update of what is one entity."""
    body = {**contact(City="Bonn"), "ContactType": "DeliveryContact"}
    assert world.call(CONTACT, body).text == OK
    assert (customer(world).billing.city, customer(world).delivery) == ("Bonn", None)


def test_omitted_parameters_are_deleted_on_demand(world: World) -> None:
    """2.13: false by default, and then what is not given stays."""
    assert world.call(CONTACT, contact(City="Bonn", Firstname="Anna")).text == OK
    body = {**contact(City="Köln"), "DeleteOmittedParameters": True}
    assert world.call(CONTACT, body).text == OK
    now = customer(world).billing
    assert (now.city, now.firstname, now.email) == ("Köln", "", "")


def test_a_customer_by_reference(any_world: World) -> None:
    """2.13: without a subscription the reference says whose; each of its subscriptions notes it."""
    month, year = any_world.buy((GOLD.id, 1), (STANDARD.id, 1), reference_id="4711")
    body = {**contact(None, City="Bonn"), "CustomerReferenceId": "4711"}
    assert any_world.call(CONTACT, body).text == OK
    assert customer(any_world, month).billing.city == "Bonn"
    assert [any_world.events(number)[-1] for number in (month, year)] == ["ProfileChanged"] * 2
    both = {**contact(month, City="Ulm"), "CustomerReferenceId": "4711"}
    assert any_world.call(CONTACT, both).text == OK
    assert customer(any_world, year).billing.city == "Ulm"


def without(*path: str) -> dict[str, Any]:
    """A body of updatecontact without one field."""
    body = contact()
    inner = body
    for name in path[:-1]:
        inner = inner[name]
    del inner[path[-1]]
    return body


REFUSED: list[tuple[str, dict[str, object], int, str]] = [
    (ACCOUNT, {}, 400, "Missing required field: SubscriptionId"),
    (ACCOUNT, {"SubscriptionId": 5}, 404, "not found: S5"),
    (ACCOUNT, {"SubscriptionId": CANCELLED}, 402, "not active"),
    (CUSTOMER_ID, {}, 400, "Missing required field: SubscriptionId"),
    (CUSTOMER_ID, {"SubscriptionId": 5, "CustomerReferenceId": "x" * 256}, 400, "at most 255"),
    (CUSTOMER_ID, {"SubscriptionId": 5, "CustomerReferenceId": "x"}, 404, "not found: S5"),
    (CUSTOMER_ID, {"SubscriptionId": 5}, 404, "not found: S5"),
    (CUSTOMER_ID, {"SubscriptionId": CANCELLED, "CustomerReferenceId": "x"}, 402, "not active"),
    (CUSTOMER_ID, {"SubscriptionId": CANCELLED}, 402, "not active"),
    (CONTACT, without("Contact"), 400, "Missing required field: Contact"),
    (CONTACT, without("ContactType"), 400, "Missing required field: ContactType"),
    (CONTACT, without("Contact", "CountryId"), 400, "Missing required field: Contact.CountryId"),
    (CONTACT, without("Contact", "LanguageId"), 400, "Missing required field: Contact.Language"),
    (CONTACT, contact(CountryId="DEU"), 400, "Contact.CountryId must be 2 letters"),
    (CONTACT, contact(City=["Bonn"]), 400, "Contact.City must be a text"),
    (CONTACT, {**contact(5), "ContactType": 3}, 400, "ContactType must be one of"),
    # Seed 002 line 901 says neither whose subscription nor whose reference (5.9).
    (
        CONTACT,
        {
            "Contact": {
                "CountryId": "US",
                "Email": "leia.organa@cleverbridge.com",
                "LanguageId": "en",
            },
            "ContactType": "BillingContact",
        },
        400,
        "Give SubscriptionId or CustomerReferenceId",
    ),
    (CONTACT, contact(5), 404, "not found: S5"),
    (
        CONTACT,
        {**contact(None), "CustomerReferenceId": "nobody"},
        404,
        "Customer not found: nobody",
    ),
    (CONTACT, {**contact(SEATS), "CustomerReferenceId": "nobody"}, 404, "Customer not found: nobo"),
    (CONTACT, contact(CANCELLED), 402, "no active subscription"),
]


@pytest.mark.parametrize(("call", "body", "status", "text"), REFUSED)
def test_what_is_refused(
    shared_world: World, call: str, body: dict[str, object], status: int, text: str
) -> None:
    """R17, R18 and the preconditions of 2.11 to 2.13."""
    shared_world.refuses(call, body, status, text)
    assert customer(shared_world, SEATS).id == CUSTOMER
