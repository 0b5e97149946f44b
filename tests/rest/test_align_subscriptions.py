"""alignsubscriptions: two subscriptions of a customer on one bill (subscription-api.md 2.2)."""

from decimal import Decimal

import pytest

from tests.given import DATA_40, FREE, GOLD, STANDARD
from tests.rest.world import (
    CANCELLED,
    OK,
    PRIMARY,
    SECONDARY,
    SINGLE,
    World,
    prices,
)
from tollbridge.domain.money import TaxKind
from tollbridge.domain.sign_up import OrderItem
from tollbridge.domain.terms import CustomerPrice

CALL = "alignsubscriptions"
ALIGN = {"AlignToCurrentInterval": True}
PREVIEW = {"GetCustomerPricePreviewOnly": True}
DEACTIVATED, FINISHED, REMOVED = 2, 3, 4
NOTHING_NOW = "0.0 0.0 0.0"


def two(primary: int = PRIMARY, secondary: int = SECONDARY, **fields: object) -> dict[str, object]:
    """A body of alignsubscriptions."""
    return {
        "PrimarySubscriptionId": f"S{primary}",
        "SecondarySubscriptionId": f"S{secondary}",
        **fields,
    }


def test_two_become_one(any_world: World) -> None:
    """2.2, table 3.6: charged from the one date to the other; the secondary is Finished."""
    before = any_world.state()
    preview = any_world.call(CALL, two(AlignmentSettings={**ALIGN, **PREVIEW}))
    # Gold's 100 for the five days from 9 to 14 March, of 30
    assert prices(preview) == {
        "Alignment": "16.67 14.01 2.66",
        "NextBilling": "250.0 210.08 39.92",
        "NextRenewal": "250.0 210.08 39.92",
    }
    assert any_world.state() == before
    done = any_world.call(CALL, two(AlignmentSettings=ALIGN, GenerateMail=False))
    assert done.text == preview.text
    primary, secondary = any_world.read(PRIMARY, isCurrent=1), any_world.read(SECONDARY)
    assert primary["NextBillingDate"] == "2026-03-14T15:43:07.20517"
    assert [(item["RunningNo"], item["Status"]) for item in primary["Items"]] == [(1, 1), (2, 1)]
    assert secondary["Subscriptionstatus"] == FINISHED
    assert [item["Status"] for item in secondary["Items"]] == [REMOVED]
    assert str(secondary["NextBillingCustomerGrossPrice"]) == "0.0"
    events = any_world.events(PRIMARY)
    assert events[-4:] == ["ItemsReceived", "PurchaseOpened", "PaymentStarted", "PaymentCaptured"]
    received = any_world.journal(PRIMARY)[-4]["details"]
    assert (received["source"], received["generate_mail"]) == (f"S{SECONDARY}", False)
    assert received["items"][0]["terms"]["product_name"] == "Cloudify Gold"
    assert any_world.journal(SECONDARY)[-1]["details"] == {
        "event": "SubscriptionMerged",
        "into": f"S{PRIMARY}",
    }


def test_v5_nine_days_of_twenty_dollars(any_world: World) -> None:
    """V5: 20 a month until 1 March and 10 a month until 10 March: 6 now, 30 on 10 March."""
    a, b = any_world.buy(priced(GOLD.id, "20"), priced(STANDARD.id, "1"))
    monthly = {
        "SubscriptionId": b,
        "ProductId": DATA_40.id,
        "Quantity": 1,
        "CustomerPrice": {"CurrencyId": "USD", "IsGross": True, "Value": 10},
        "AlignmentSettings": {**ALIGN, "ExtendInterval": True},
    }
    assert any_world.call("updatesubscriptionitem", monthly).status_code == 200
    for number, date in ((a, "2026-03-01"), (b, "2026-03-10")):
        body = {"SubscriptionId": number, "NextBillingDate": date}
        assert any_world.call("updatenextbillingdate", body).text == OK
    answer = any_world.call(CALL, two(b, a, AlignmentSettings=ALIGN))
    assert prices(answer) == {
        "Alignment": "6.0 5.04 0.96",
        "NextBilling": "30.0 25.21 4.79",
        "NextRenewal": "30.0 25.21 4.79",
    }
    assert any_world.read(b)["NextBillingDate"] == "2026-03-10T00:00:00"


def test_aligning_without_a_charge(world: World) -> None:
    """Table 3.1: without AlignToCurrentInterval nothing is charged now."""
    answer = world.call(CALL, two(SubscriptionAlignmentSettings={}))
    assert prices(answer)["Alignment"] == NOTHING_NOW
    assert prices(answer)["NextBilling"] == "250.0 210.08 39.92"
    assert world.events(PRIMARY)[-1] == "ItemsReceived"
    assert world.read(SECONDARY)["Subscriptionstatus"] == FINISHED


def test_of_both_names_of_the_settings_the_last_counts(world: World) -> None:
    """The older page calls them SubscriptionAlignmentSettings."""
    before = world.state()
    answer = world.call(CALL, two(SubscriptionAlignmentSettings={**ALIGN, **PREVIEW}))
    assert prices(answer)["Alignment"] == "16.67 14.01 2.66"
    assert world.state() == before


def test_an_item_that_has_ended_stays_behind(world: World) -> None:
    """2.2: what is billed moves; what was deactivated before is Removed with it, and stays."""
    add = {"SubscriptionId": SECONDARY, "ProductId": DATA_40.id, "Quantity": 1}
    world.call("addsubscriptionitem", add)
    world.call("deactivatesubscriptionitems", {"SubscriptionId": SECONDARY, "Items": [2]})
    assert world.call(CALL, two()).status_code == 200
    assert len(world.read(PRIMARY, isCurrent=1)["Items"]) == 2
    assert [item["Status"] for item in world.read(SECONDARY)["Items"]] == [REMOVED, REMOVED]


REFUSED: list[tuple[str, dict[str, object], int, str]] = [
    ("no primary", two(PrimarySubscriptionId=None), 400, "Missing required field: Primary"),
    ("no secondary", two(SecondarySubscriptionId=None), 400, "Missing required field: Secondary"),
    ("unknown primary", two(5, 5), 404, "not found: S5"),
    ("unknown secondary", two(CANCELLED, 5), 404, "not found: S5"),
    ("another merchant's", two(secondary=99), 404, "not found: S99"),
    ("primary not active", two(CANCELLED), 402, "not active"),
    ("secondary not active", two(secondary=CANCELLED), 402, "not active"),
    ("the same", two(secondary=PRIMARY), 402, "The two subscriptions are one"),
    ("another customer", two(secondary=SINGLE), 402, "different customers"),
    ("primary is billed first", two(SECONDARY, PRIMARY), 402, "billed later"),
    (
        "extended",
        two(AlignmentSettings={**ALIGN, "ExtendInterval": True}),
        402,
        "ExtendInterval is not possible",
    ),
]


@pytest.mark.parametrize("settings", [{}, PREVIEW])
@pytest.mark.parametrize(
    ("body", "status", "text"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED]
)
def test_what_is_refused(
    shared_world: World,
    body: dict[str, object],
    status: int,
    text: str,
    settings: dict[str, object],
) -> None:
    """R17, R18, and the preconditions of 2.2; previews too."""
    given = body.get("AlignmentSettings", {})
    assert isinstance(given, dict)
    body = {**body, "AlignmentSettings": {**given, **settings}}
    shared_world.refuses(CALL, body, status, text)


def test_intervals_have_to_be_equal(world: World) -> None:
    """2.2: a month and a year cannot be billed together."""
    month, year = world.buy((GOLD.id, 1), (STANDARD.id, 1))
    world.refuses(CALL, two(year, month), 402, "different billing intervals")


def test_a_payment_in_flight_is_waited_for(world: World) -> None:
    """R7: what would charge has to wait."""
    body = {"SubscriptionId": PRIMARY, "NextBillingDate": "2026-06-01"}
    assert world.call("updatenextbillingdate", body).text == OK
    free, year = world.buy((FREE.id, 1), priced(STANDARD.id, "0"), card="T20000000000067T")
    add = {
        "SubscriptionId": free,
        "ProductId": GOLD.id,
        "Quantity": 1,
        "AlignmentSettings": ALIGN,
    }
    assert world.call("addsubscriptionitem", add).status_code == 200
    world.refuses(CALL, two(year, free), 402, "in progress")


def priced(product_id: int, amount: str) -> OrderItem:
    """One unit at a price of its own."""
    own = CustomerPrice(currency="USD", tax=TaxKind.GROSS, amount=Decimal(amount))
    return OrderItem(product_id=product_id, quantity=1, customer_price=own)
