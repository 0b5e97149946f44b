"""Bad input: never a 5xx, never a change of state, always a reason (R17, R26)."""

import json

import pytest

from tests.given import SEAT
from tests.rest.world import CREDENTIALS, JSON, World

READ = "/subscription/getsubscription"
UPDATE = "/subscription/updatesubscriptionitem"
PRICE = "/subscription/updatesubscriptionitemprice"
BUY = "/tollbridge/sandbox/purchases"
CLOCK = "/tollbridge/sandbox/clock"
POSTS = (UPDATE, PRICE, BUY, CLOCK)

GOOD = {
    "SubscriptionId": "S67531904",
    "RunningNumber": 1,
    "ProductId": SEAT.id,
    "Quantity": 20,
    "CustomerPrice": {"CurrencyId": "USD", "IsGross": True, "Value": 4},
    "AlignmentSettings": {"AlignToCurrentInterval": True},
    "items": [{"product_id": SEAT.id, "quantity": 1}],
    "currency": "USD",
    "customer": {
        "contact": {"email": "a@customer.example", "country_id": "DE", "language_id": "de"}
    },
    "card": {"number": "4242424242424242", "expiry_month": 1, "expiry_year": 2030},
    "advance": "P1M",
}
BODY = json.dumps(GOOD).encode()


@pytest.mark.parametrize("path", POSTS)
def test_the_good_body_is_good(world: World, path: str) -> None:
    """What the tests below spoil does change something as it stands."""
    before = world.state()
    answer = world.post(path, BODY)
    assert answer.status_code == 200, answer.text
    assert world.state() != before


def spoiled(old: str, new: str) -> bytes:
    """The good body with a part of its text replaced."""
    text = BODY.decode()
    assert old in text
    return text.replace(old, new).encode()


BROKEN_BODIES: dict[str, bytes] = {
    "nothing": b"",
    "half of it": BODY[:-20],
    "twice": BODY * 2,
    "a list": b"[" + BODY + b"]",
    "a text": b'"' + BODY.replace(b'"', b"'") + b'"',
    "null": b"null",
    "a form": b"SubscriptionId=S67531904&Quantity=20",
    "xml": b"<UpdateSubscriptionItemRequest/>",
    "utf-16": BODY.decode().encode("utf-16"),
    "no utf-8": BODY.replace(b"customer.example", b"\xff\xfe\x80"),
    "overlong utf-8": BODY.replace(b"customer.example", b"\xc0\xaf"),
    "a lone surrogate": BODY.replace(b"customer.example", b"\\ud800"),
    "a NUL": BODY[:-1] + b"\x00}",
    "deeply nested": b'{"AlignmentSettings":' * 2_500 + b"1" + b"}" * 2_500,
    "deeply nested lists": b"[" * 60_000,
    "duplicates, nested too deeply": b'{"a":1,"A":' + b'{"b":' * 9_000 + b"1" + b"}" * 9_001,
    "an endless number": BODY[:-1] + b', "x": ' + b"9" * 10_000 + b"}",
    "not a number": spoiled("20", "NaN"),
    "infinity": spoiled("20", "Infinity"),
}


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize("body", BROKEN_BODIES.values(), ids=BROKEN_BODIES)
def test_what_is_no_json(shared_world: World, path: str, body: bytes) -> None:
    """R17: 400, and nothing has happened."""
    refused(shared_world, path, body, 400)


WRONG_VALUES: dict[str, dict[str, list[object]]] = {
    UPDATE: {
        "SubscriptionId": ["S", "x", "", -1, 1.5, True, [], {}, 10**15, "S" + "1" * 500],
        "ProductId": ["", "1", -1, 1.5, True, [], {}, 10**15, 2**63],
        "Quantity": ["", "1", 1.5, True, [], {}, 2**31, -(2**31) - 1, 10**30],
        "RunningNumber": ["", "1", 1.5, True, [], {}, 2**31, 10**30],
        "CustomerPrice": ["", 1, True, [], {}, {"Value": 1}],
        "AlignmentSettings": ["", 1, True, []],
        "GenerateMail": ["", "true", 0, [], {}],
        "UpdateAction": ["", "x", 3, -1, True, [], {}],
        "ProductName": [1, True, [], {}, "x" * 256, "a\0b"],
        "CouponCode": [1, True, [], {}, "x" * 256],
        "TriggerImmediateRenewal": ["", 1, []],
        "RecommendationsetId": ["", True, 2**31],
    },
    PRICE: {
        "SubscriptionId": [None, "S", -1],
        "RunningNumber": [None, "1", 1.5],
        "CustomerPrice": [None, {}, {"CurrencyId": "USD", "IsGross": True}],
        "Quantity": ["1", 1.5, True],
        "ForcePriceRecalculation": ["", 1],
    },
    BUY: {
        "items": [
            None,
            {},
            1,
            [1],
            [[]],
            [{}],
            [{"product_id": 1}],
            [None],
            [{"product_id": "1", "quantity": 1}],
            [{"product_id": 1, "quantity": 1.5}],
            [{"product_id": SEAT.id, "quantity": 1}] * 101,
        ],
        "currency": [None, "", "US", "DOLLAR", 840, "12$", "ZZZ"],
        "customer": [
            None,
            [],
            {},
            {"contact": {}},
            {"contact": {"email": "a@b.example"}},
            {"contact": {"email": "a@b.example", "country_id": "XX", "language_id": "de"}},
            {"contact": {"email": "a@b.example", "country_id": "DE", "language_id": "deu"}},
        ],
        "card": [
            None,
            [],
            {},
            {"number": 4242424242424242},
            {"number": "4242424242424242", "expiry_month": 13, "expiry_year": 2030},
            {"number": "4242424242424242", "expiry_month": 1, "expiry_year": 1969},
            {"number": "no number", "expiry_month": 1, "expiry_year": 2030},
            {"number": "4" * 11, "expiry_month": 1, "expiry_year": 2030},
            {"number": "4" * 20, "expiry_month": 1, "expiry_year": 2030},
        ],
        "renewal_type": ["", "sometimes", 0, 3, True],
    },
    CLOCK: {"advance": [None, "", "P", "1M", 5, "P0D", "PT1H", "P100Y"]},
}
VALUES = [
    (path, name, value)
    for path, fields in WRONG_VALUES.items()
    for name, values in fields.items()
    for value in values
]


@pytest.mark.parametrize(
    ("path", "name", "value"), VALUES, ids=[f"{p[-12:]} {n} {str(v)[:20]!r}" for p, n, v in VALUES]
)
def test_values_of_the_wrong_kind(shared_world: World, path: str, name: str, value: object) -> None:
    """R17: 400 for what cannot be read as the message, missing fields included."""
    refused(shared_world, path, json.dumps({**GOOD, name: value}).encode(), 400)


NUMBERS = ["1e999999", "-1e999999", "1e400", "1E+15", "1000000000000000", "0.00000000001", "1e-11"]


PLACES = [
    (UPDATE, '"Value": 4', '"Value": {}'),
    (UPDATE, '"Quantity": 20', '"Quantity": {}'),
    (UPDATE, '"S67531904"', "{}"),
    (PRICE, '"Value": 4', '"Value": {}'),
    (PRICE, '"RunningNumber": 1', '"RunningNumber": {}'),
    (BUY, '"quantity": 1', '"quantity": {}'),
    (
        BUY,
        '"quantity": 1',
        '"quantity": 1, "customer_price": {{"currency": "USD", "tax": "gross", "amount": {}}}',
    ),
]


@pytest.mark.parametrize("number", [*NUMBERS, "9" * 100, "0." + "1" * 1000])
@pytest.mark.parametrize(("path", "old", "new"), PLACES)
def test_numbers_without_bounds(
    shared_world: World, path: str, old: str, new: str, number: str
) -> None:
    """R26: prices, quantities and ids are bounded before any arithmetic."""
    refused(shared_world, path, spoiled(old, new.format(number)), 400)


UNDERSTOOD_BUT_WRONG = [
    (UPDATE, "SubscriptionId", "S999999", 404),
    (UPDATE, "SubscriptionId", "S99", 404),
    (UPDATE, "RunningNumber", 7, 404),
    (UPDATE, "RunningNumber", -7, 404),
    (UPDATE, "ProductId", 7, 404),
    (UPDATE, "Quantity", 0, 402),
    (UPDATE, "Quantity", -20, 402),
    (UPDATE, "Quantity", 1, 402),
    (UPDATE, "CouponCode", "x", 402),
    (UPDATE, "CustomerPrice", {"CurrencyId": "EUR", "IsGross": True, "Value": 1}, 402),
    (UPDATE, "CustomerPrice", {"CurrencyId": "XXX", "IsGross": True, "Value": 1}, 402),
    (UPDATE, "CustomerPrice", {"CurrencyId": "USD", "IsGross": True, "Value": -1}, 402),
    (UPDATE, "AlignmentSettings", {"ExtendInterval": True}, 402),
    (PRICE, "Quantity", -1, 402),
    (BUY, "items", [], 402),
    (BUY, "items", [{"product_id": 7, "quantity": 1}], 404),
    (BUY, "items", [{"product_id": SEAT.id, "quantity": 0}], 402),
    (BUY, "items", [{"product_id": SEAT.id, "quantity": -1}], 402),
    (BUY, "currency", "GBP", 402),
    (BUY, "card", {"number": "4000123412341234", "expiry_month": 1, "expiry_year": 2030}, 402),
    (CLOCK, "advance", "P99Y9999M", 402),
    (CLOCK, "to", "2026-03-09", 400),
]


@pytest.mark.parametrize(("path", "name", "value", "status"), UNDERSTOOD_BUT_WRONG)
def test_what_is_understood_but_wrong(
    shared_world: World, path: str, name: str, value: object, status: int
) -> None:
    """R17: 404 for what is unknown, 402 for what a rule forbids."""
    refused(shared_world, path, json.dumps({**GOOD, name: value}).encode(), status)


@pytest.mark.parametrize(
    ("price", "gross"),
    [
        ('"CurrencyId": "USD", "Currency": "USD"', True),
        ('"CurrencyId": "EUR", "Currency": "USD"', True),
        ('"Currency": "EUR", "CurrencyId": "USD"', True),
        ('"CurrencyId": "USD", "Currency": "EUR", "currencyid": "USD"', True),
        ('"Currency": "USD", "CurrencyId": "EUR"', False),
        ('"CurrencyId": "USD", "CURRENCY": "EUR"', False),
    ],
)
def test_a_name_and_its_alias(world: World, price: str, *, gross: bool) -> None:
    """1.5: two names of one field in one object: the last counts."""
    answer = world.post(PRICE, spoiled('"CurrencyId": "USD"', price))
    assert answer.status_code == (200 if gross else 402)


def test_a_list_twice_in_what_is_around_it(world: World) -> None:
    """1.5: the last counts also where a list comes inside an object, as from XML."""
    items = b'{"SubscriptionId": "S12345678", "Items": {"Item": [9], "item": [8], "Item": [1]}}'
    answer = world.post("/subscription/deactivatesubscriptionitems", items)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("SubscriptionId=abc&subscriptionid=S67531904", 200),
        ("SubscriptionId=S99&subscriptionid=S67531904", 200),
        ("subscriptionid=S67531904&SubscriptionId=abc", 400),
        ("subscriptionid=S67531904&SubscriptionId=S99", 404),
        ("subscriptionid=S67531904&SubscriptionId=", 400),
    ],
)
def test_the_last_of_repeated_parameters_counts(
    shared_world: World, query: str, status: int
) -> None:
    """1.5: in any case, whatever is wrong with those before."""
    assert shared_world.get(f"{READ}?{query}").status_code == status


def test_unreadable_comes_before_unknown_and_unknown_before_refused(shared_world: World) -> None:
    """R17 in one purchase: its card cannot be read, its product is unknown, its quantity is 0."""
    nothing, stranger = {"product_id": SEAT.id, "quantity": 0}, {"product_id": 7, "quantity": 1}
    body = {**GOOD, "items": [nothing, stranger]}
    unreadable = {"number": "4539 1488", "expiry_month": 1, "expiry_year": 2030}
    answer = shared_world.post(BUY, {**body, "card": unreadable})
    assert (answer.status_code, answer.json()["field"]) == (400, "card.number")
    assert "4539" not in answer.text
    refused(shared_world, BUY, json.dumps(body).encode(), 404)
    body["items"] = [nothing]
    strange = {"number": "4539 1488 0343 6467", "expiry_month": 1, "expiry_year": 2030}
    answer = shared_world.post(BUY, {**body, "card": strange})
    assert (answer.status_code, answer.json()["reason"]) == (402, "quantity_not_positive")


def test_the_clock_never_goes_back(shared_world: World) -> None:
    """R23: forward only."""
    refused(shared_world, CLOCK, b'{"to": "2026-02-09T15:43:07Z"}', 402)


@pytest.mark.parametrize(
    "content_type",
    [
        "",
        "text/plain",
        "application/xhtml+xml",
        "application/x-www-form-urlencoded",
        "json",
        "text/json",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "text/plain; application/json",
    ],
)
@pytest.mark.parametrize("path", POSTS)
def test_other_content_types(shared_world: World, path: str, content_type: str) -> None:
    """DESIGN 7: a POST says that it is JSON or XML, which no form of another site can."""
    before = shared_world.state()
    answer = shared_world.post(path, BODY, Content_Type=content_type)
    assert answer.status_code == 400
    assert "application/json" in answer.text
    assert shared_world.state() == before


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "Application/JSON", "application/json;x"]
)
def test_json_by_any_other_spelling(world: World, content_type: str) -> None:
    """1.3: parameters and case do not matter."""
    assert world.post(UPDATE, BODY, Content_Type=content_type).status_code == 200


@pytest.mark.parametrize(
    ("accept", "status"),
    [
        ("application/json", 200),
        ("*/*", 200),
        ("text/html,application/xhtml+xml,*/*;q=0.8", 200),
        ("application/*", 200),
        ("Application/JSON", 200),
        ("application/xml", 200),
        ("text/html", 400),
    ],
)
def test_what_the_caller_accepts(shared_world: World, accept: str, status: int) -> None:
    """1.3: answers are JSON or XML; whoever takes nothing but something else is told."""
    answer = shared_world.get(f"{READ}?subscriptionid=S67531904", Accept=accept)
    assert answer.status_code == status


def test_bodies_that_are_too_large(shared_world: World) -> None:
    """R17: 413, with and without a declared length."""
    large = b'{"x": "' + b"x" * 70_000 + b'"}'
    before = shared_world.state()
    for path in POSTS:
        answer = shared_world.post(path, large)
        assert answer.status_code == 413
        assert answer.headers["connection"] == "close"
    streamed = shared_world.client.post(
        UPDATE,
        content=iter([large[:40_000], large[40_000:]]),
        headers={"Authorization": CREDENTIALS, **JSON},
    )
    assert streamed.status_code == 413
    assert shared_world.state() == before


def test_a_body_just_small_enough(shared_world: World) -> None:
    """The limit is 64 KiB."""
    body = b'{"x": "' + b"x" * (64 * 1024 - 9) + b'"}'
    assert len(body) == 64 * 1024
    assert shared_world.post(UPDATE, body).status_code == 400
    assert shared_world.post(UPDATE, body + b" ").status_code == 413


@pytest.mark.parametrize(
    "query",
    [
        "",
        "?subscriptionid",
        "?subscriptionid=%00",
        "?subscriptionid=%ff%fe",
        "?%ff=1&subscriptionid=S1",
        "?subscriptionid=S1&isCurrent=2",
        "?subscriptionid=S1&runningnumber=1e3",
        "?subscriptionid=" + "1" * 3000,
        "?" + "&" * 200,
        "?subscriptionid=%D9%A1",
    ],
)
def test_queries_that_cannot_be_read(shared_world: World, query: str) -> None:
    """R17: 400."""
    answer = shared_world.get(READ + query)
    assert answer.status_code == 400
    assert list(answer.json()) == ["ResultMessage"]


@pytest.mark.parametrize("number", ["x", "S", "%00", "%ff", "-1", "1" * 20, "S1.5"])
def test_paths_that_cannot_be_read(shared_world: World, number: str) -> None:
    """R17: 400, as a problem (RFC 9457)."""
    answer = shared_world.get(f"/tollbridge/subscriptions/{number}/journal")
    assert answer.status_code == 400
    assert answer.json()["field"] == "subscription_id"


def refused(world: World, path: str, body: bytes, status: int) -> None:
    """The body is refused with this status and a reason, and nothing has changed."""
    before = world.state()
    answer = world.post(path, body)
    assert answer.status_code == status, answer.text
    told = answer.json()
    assert told["reason"] if path.startswith("/tollbridge/") else told["ResultMessage"]
    assert world.state() == before
