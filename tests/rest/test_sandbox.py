"""Tollbridge's own endpoints: buying, the clock, the journal (issue: own endpoints; R23)."""

import pytest

from tests.given import FREE, GOLD, PREMIUM, SEAT
from tests.rest.world import LIVE, SEATS, World, basic, decimals

BUY = "/tollbridge/sandbox/purchases"
CLOCK = "/tollbridge/sandbox/clock"


def cart(*lines: tuple[int, int], **fields: object) -> dict[str, object]:
    """A purchase of products and quantities by a German customer with a card that approves."""
    return {
        "items": [{"product_id": product, "quantity": count} for product, count in lines],
        "currency": "USD",
        "customer": {
            "reference_id": "4711",
            "reference_no": "PO 7",
            "contact": {
                "email": "jane@customer.example",
                "firstname": "Jane",
                "country_id": "DE",
                "language_id": "en",
            },
        },
        "card": {"number": "4242 4242 4242 4242", "expiry_month": 12, "expiry_year": 2030},
        **fields,
    }


def test_buying_a_subscription(world: World) -> None:
    """A sign-up that is paid starts a subscription that getsubscription knows."""
    answer = world.post(BUY, cart((SEAT.id, 2))).json()
    assert answer["status"] == "PAY"
    [number] = answer["subscription_ids"]
    assert number.startswith("S")
    found = world.read(int(number[1:]))
    assert found["CustomerReferenceId"] == "4711"
    assert found["CustomerReferenceNo"] == "PO 7"
    assert found["Subscriptionstatus"] == 1
    assert found["PaymentInfo"]["CardLastFourDigits"] == "4242"
    assert found["Items"][0]["SubscriptionPurchaseItems"][0]["PurchaseId"] == answer["purchase_id"]


def test_items_with_different_intervals_make_subscriptions(world: World) -> None:
    """platform.md f: one subscription for each interval, one purchase."""
    answer = world.post(BUY, cart((SEAT.id, 2), (PREMIUM.id, 1), (GOLD.id, 1))).json()
    items = [len(world.read(int(s[1:]))["Items"]) for s in answer["subscription_ids"]]
    assert items == [2, 1]


def test_a_price_of_your_own_and_a_manual_renewal(world: World) -> None:
    """customer_price and renewal_type."""
    own = {"currency": "USD", "tax": "net", "amount": 4}
    items = [{"product_id": SEAT.id, "quantity": 10, "customer_price": own}]
    answer = world.post(BUY, cart(renewal_type="manual") | {"items": items}).json()
    found = world.read(int(answer["subscription_ids"][0][1:]))
    assert str(found["NextBillingCustomerGrossPrice"]) == "47.6"
    assert found["RenewalType"] == "Manual"


def test_a_declined_purchase(world: World) -> None:
    """The simulator declines: the purchase says so and the subscription is New (6)."""
    card = {"number": "4000000000000002", "expiry_month": 12, "expiry_year": 2030}
    answer = world.post(BUY, cart((SEAT.id, 1), card=card)).json()
    assert answer["status"] == "DEC"
    assert world.read(int(answer["subscription_ids"][0][1:]))["Subscriptionstatus"] == 6


def test_a_purchase_of_nothing_is_paid(world: World) -> None:
    """R16: total 0 needs no gateway."""
    assert world.post(BUY, cart((FREE.id, 1))).json()["status"] == "PAY"


def test_a_card_that_is_no_test_card(world: World) -> None:
    """DESIGN 5: nobody types a real card into the simulator."""
    before = world.state()
    card = {"number": "4539 1488 0343 6467", "expiry_month": 12, "expiry_year": 2030}
    answer = world.post(BUY, cart((SEAT.id, 1), card=card))
    assert answer.status_code == 402
    assert "4539" not in answer.text
    assert world.state() == before


def test_a_problem_in_full(world: World) -> None:
    """RFC 9457: what, why as a word for programs, where, and the id for asking."""
    answer = world.post(BUY, cart((SEAT.id, 0)), X_Request_Id="asked-7")
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json() == {
        "title": "Payment Required",
        "status": 402,
        "detail": "Quantity must be > 0",
        "reason": "quantity_not_positive",
        "request_id": "asked-7",
        "field": "quantity",
    }


def test_reading_and_moving_the_clock(world: World) -> None:
    """R23: to a time or by a length, forward only."""
    assert world.get(CLOCK).json() == {"now": "2026-02-09T15:43:07.20517Z"}
    moved = world.post(CLOCK, {"advance": "P1M"})
    assert moved.json()["now"] == "2026-03-09T15:43:07.20517Z"
    moved = world.post(CLOCK, {"to": "2026-04-01T02:00:00+02:00"})
    assert moved.json()["now"] == "2026-04-01T00:00:00Z"
    assert world.get(CLOCK).json() == {"now": "2026-04-01T00:00:00Z"}
    back = world.post(CLOCK, {"to": "2026-03-31"})
    assert (back.status_code, back.json()["reason"]) == (402, "clock_backwards")
    assert world.get(CLOCK).json() == {"now": "2026-04-01T00:00:00Z"}


@pytest.mark.parametrize(
    "body", [{}, {"advance": "P1M", "to": "2026-04-01"}, {"advance": None, "to": None}]
)
def test_the_clock_wants_one_of_two(world: World, body: dict[str, object]) -> None:
    """R17: 400."""
    assert world.post(CLOCK, body).status_code == 400


def test_the_clock_ends_with_the_year_2200(world: World) -> None:
    """R26: dates stay within what can be written."""
    assert world.post(CLOCK, {"to": "2200-12-31T23:59:59Z"}).is_success
    beyond = world.post(CLOCK, {"advance": "P1D"})
    assert (beyond.status_code, beyond.json()["reason"]) == (402, "clock_too_far")
    assert world.get(CLOCK).json() == {"now": "2200-12-31T23:59:59Z"}


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [("GET", CLOCK, {}), ("POST", CLOCK, {"advance": "P1M"}), ("POST", BUY, cart((SEAT.id, 1)))],
)
def test_live_merchants_have_no_sandbox(
    world: World, method: str, path: str, body: dict[str, object]
) -> None:
    """R23, DESIGN 6: every sandbox command is refused for a live merchant."""
    before = world.state()
    live = basic("live", "live")
    if method == "GET":
        answer = world.get(path, Authorization=live)
    else:
        answer = world.post(path, body, Authorization=live)
    assert (answer.status_code, answer.json()["reason"]) == (402, "merchant_live")
    assert world.state() == before
    assert list(world.platform.store.subscription_ids(LIVE)) == []


def test_the_journal_explains_every_amount(world: World) -> None:
    """What happened, when, by whom, and how each amount came about (R10, R11)."""
    world.wait(days=10)
    settings = {"AlignToCurrentInterval": True}
    world.update(Quantity=20, UpdateAction="upgrade", AlignmentSettings=settings)
    entries = world.journal()
    assert [entry["sequence"] for entry in entries] == [*range(1, 10)]
    assert [entry["details"]["event"] for entry in entries] == [
        "SubscriptionStarted",
        "PurchaseOpened",
        "PaymentStarted",
        "PaymentCaptured",
        "SubscriptionActivated",
        "ItemChanged",
        "PurchaseOpened",
        "PaymentStarted",
        "PaymentCaptured",
    ]
    change, opened = entries[5], entries[6]
    assert change["at"] == "2026-02-19T15:43:07.20517Z"
    assert change["recorded_at"] == "2026-02-09T15:43:07.20517Z"
    assert (change["actor"], change["command"]) == (
        "credential:cloudify",
        "updatesubscriptionitem",
    )
    assert change["command_id"] == opened["command_id"]
    assert change["details"]["terms"]["quantity"] == 20
    purchase = opened["details"]
    assert (purchase["purpose"], purchase["currency"]) == ("alignment", "USD")
    assert {name: str(value) for name, value in purchase["amount"].items()} == {
        "gross": "30.0",
        "net": "25.21",
        "vat": "4.79",
    }
    [line] = purchase["lines"]
    assert str(line["rate"]) == "0.19"
    explained = line["explanation"]
    assert explained["charge"] == {
        "price": "5.00 gross",
        "quantity": 20,
        "whole": "100",
        "factor": "3/5",
        "amount": "60",
        "conversion": "",
        "limited_by": "",
    }
    assert explained["credit"]["quantity"] == 10
    assert (explained["days_left"], explained["days_nominal"]) == (18, 30)
    assert (explained["exact"], explained["rounding"]) == ("30", "half up to 2 decimals")


def test_the_journal_of_an_extension_and_a_moved_date(world: World) -> None:
    """IntervalAdvanced says what the calendar and later credits get (R1, R11)."""
    settings = {"AlignToCurrentInterval": True, "ExtendInterval": True}
    world.update(Quantity=20, AlignmentSettings=settings)
    advanced = world.journal()[-1]["details"]
    assert advanced["event"] == "IntervalAdvanced"
    assert advanced["advance"]["interval_no"] == 1
    assert advanced["advance"]["next_billing_at"] == "2026-03-09T15:43:07.20517Z"
    assert [(w["item_running_no"], str(w["gross"])) for w in advanced["worth"]] == [(1, "100.0")]


def test_the_journal_of_a_stranger(world: World) -> None:
    """R17: 404, as a problem."""
    url = f"/tollbridge/subscriptions/S{SEATS}/journal"
    answer = world.get(url, Authorization=basic("other", "other"))
    assert (answer.status_code, answer.json()["reason"]) == (404, "subscription_unknown")
    assert world.get(url.replace("/S", "/s")).is_success
    assert decimals(world.get(url.replace("/S", "/")).content)["subscription_id"] == f"S{SEATS}"
