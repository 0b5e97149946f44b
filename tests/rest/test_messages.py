"""Reading messages: names in any case, the last of duplicates, kinds of value (1.4, 1.5; R26)."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tollbridge.domain.item_change import UpdateAction
from tollbridge.domain.refusal import Invalid
from tollbridge.domain.schedule import Interval
from tollbridge.domain.subscription import RenewalType
from tollbridge.rest.item_messages import (
    CustomerPrice,
    UpdateSubscriptionItem,
    UpdateSubscriptionItemPrice,
)
from tollbridge.rest.messages import Reader, parse_in_order, parse_json, query_pairs
from tollbridge.rest.sandbox_messages import AdvanceClock, BuySubscriptions
from tollbridge.rest.subscription_messages import GetSubscription

ITEM = Reader(UpdateSubscriptionItem)
PRICE = Reader(UpdateSubscriptionItemPrice)
QUERY = Reader(GetSubscription)
CLOCK = Reader(AdvanceClock)


def item(fields: str) -> UpdateSubscriptionItem:
    """The message with these fields beside the required ones."""
    required = '"SubscriptionId": "S1", "ProductId": 2, "Quantity": 3'
    return ITEM.of_json(f"{{{required}, {fields}}}".encode())


def query(text: str) -> GetSubscription:
    """The message in a query string."""
    return QUERY.of_texts(query_pairs(text.encode()))


def test_absent_fields_have_the_published_defaults() -> None:
    """2.15: what may be left out, and what then holds."""
    message = ITEM.of_json(b'{"SubscriptionId": "S1", "ProductId": 2, "Quantity": 3}')
    assert (message.subscription_id, message.product_id, message.quantity) == (1, 2, 3)
    assert message.running_number == 1
    assert message.generate_mail
    assert message.customer_price is None
    assert message.update_action is UpdateAction.UPDATE
    assert not message.alignment_settings.align_to_current_interval
    assert not message.alignment_settings.extend_interval
    assert not message.alignment_settings.get_customer_price_preview_only


@pytest.mark.parametrize(
    "name", ["RunningNumber", "runningnumber", "RUNNINGNUMBER", "runningNumber"]
)
def test_keys_match_in_any_case(name: str) -> None:
    """1.5: body keys match case-insensitively."""
    assert item(f'"{name}": 7').running_number == 7


@pytest.mark.parametrize(
    ("fields", "number"),
    [
        ('"RunningNumber": 7, "RunningNumber": 8', 8),
        ('"RunningNumber": 7, "runningnumber": 8', 8),
        ('"runningnumber": 7, "RunningNumber": 8', 8),
        ('"RunningNumber": 7, "runningnumber": 8, "RunningNumber": 9', 9),
        ('"RunningNumber": 7, "RunningNumber": 9, "runningnumber": 8', 8),
        ('"RunningNumber": "no number", "runningnumber": 8', 8),
        ('"RunningNumber": 7, "runningnumber": null', 1),
    ],
)
def test_the_last_of_duplicate_keys_counts(fields: str, number: int) -> None:
    """1.5: duplicate keys are no error, also when they differ by case only."""
    assert item(fields).running_number == number


def test_duplicates_inside_an_object_inside() -> None:
    """Seed 003 line 214: GetCustomerPricePreviewOnly stands twice in a published sample."""
    settings = '"getCustomerPricePreviewOnly": true, "GetCustomerPricePreviewOnly": false'
    message = item(f'"AlignmentSettings": {{"AlignToCurrentInterval": true, {settings}}}')
    assert message.alignment_settings.align_to_current_interval
    assert not message.alignment_settings.get_customer_price_preview_only


def test_unknown_keys_are_tolerated() -> None:
    """1.1, 1.5: whatever else a client sends, at any depth."""
    message = item('"Foo": {"Bar": [1, {"SubscriptionId": "S9"}]}, "": 1, "\\u0130": 2')
    assert message.subscription_id == 1


def test_null_is_absent() -> None:
    """1.5: clients send null for what they do not mean."""
    message = item('"GenerateMail": null, "CustomerPrice": null, "AlignmentSettings": null')
    assert message.generate_mail
    assert message.customer_price is None


@pytest.mark.parametrize("key", ["CurrencyId", "Currency", "currency"])
def test_the_currency_has_two_names(key: str) -> None:
    """5.10: one table of the documents says Currency."""
    message = item(f'"CustomerPrice": {{"{key}": "USD", "IsGross": true, "Value": 135.00}}')
    assert message.customer_price == CustomerPrice(
        currency_id="USD", is_gross=True, value=Decimal("135.00")
    )


@pytest.mark.parametrize("written", ['"S67531904"', '"s67531904"', '"67531904"', "67531904"])
def test_ids_come_with_and_without_s(written: str) -> None:
    """1.4: also as a bare number."""
    body = f'{{"SubscriptionId": {written}, "ProductId": 2, "Quantity": 3}}'
    assert ITEM.of_json(body.encode()).subscription_id == 67531904


@pytest.mark.parametrize(
    "written",
    [
        '"S"',
        '""',
        '"X1"',
        '"S-1"',
        '"SS1"',
        '"S 1"',
        '"S1 "',
        "-1",
        "1.5",
        "1e3",
        "true",
        "[]",
        '"S٣"',
        '"S1234567890123456"',
        "1234567890123456",
        "1" * 400,
    ],
)
def test_other_ids_are_refused(written: str) -> None:
    """R17, R26: 400, with the field's name."""
    body = f'{{"SubscriptionId": {written}, "ProductId": 2, "Quantity": 3}}'
    with pytest.raises(Invalid) as refused:
        ITEM.of_json(body.encode())
    assert refused.value.field in {"SubscriptionId", ""}


@pytest.mark.parametrize(
    ("written", "action"),
    [
        ('"upgrade"', UpdateAction.UPGRADE),
        ('"Upgrade"', UpdateAction.UPGRADE),
        ('"DOWNGRADE"', UpdateAction.DOWNGRADE),
        ("0", UpdateAction.UPDATE),
        ("1", UpdateAction.UPGRADE),
        ("2", UpdateAction.DOWNGRADE),
        ('"2"', UpdateAction.DOWNGRADE),
    ],
)
def test_enums_by_name_or_number(written: str, action: UpdateAction) -> None:
    """1.5: enums are accepted as name in any case, as number and as number in a text."""
    assert item(f'"UpdateAction": {written}').update_action is action


@pytest.mark.parametrize(
    "field",
    [
        '"UpdateAction": 3',
        '"UpdateAction": -1',
        '"UpdateAction": "sidegrade"',
        '"UpdateAction": true',
        '"UpdateAction": 1.0',
        '"UpdateAction": ' + "9" * 30,
        '"GenerateMail": "true"',
        '"GenerateMail": 1',
        '"RunningNumber": "1"',
        '"RunningNumber": true',
        '"RunningNumber": 1.5',
        '"RunningNumber": 2147483648',
        '"RunningNumber": -2147483649',
        '"RunningNumber": 1e999999',
        '"AlignmentSettings": true',
        '"AlignmentSettings": []',
        '"AlignmentSettings": {"ExtendInterval": "no"}',
        '"CustomerPrice": {"CurrencyId": "USD", "IsGross": true}',
        '"CustomerPrice": {"IsGross": true, "Value": 1}',
        '"CustomerPrice": {"CurrencyId": "USD", "Value": 1}',
        '"CustomerPrice": {"CurrencyId": "USD", "IsGross": true, "Value": null}',
        '"CustomerPrice": {"CurrencyId": "USD", "IsGross": true, "Value": "1"}',
        '"CustomerPrice": {"CurrencyId": "USD", "IsGross": true, "Value": 1e999999}',
        '"CustomerPrice": {"CurrencyId": "USD", "IsGross": true, "Value": 1e15}',
        '"CustomerPrice": {"CurrencyId": "USD", "IsGross": true, "Value": 0.00000000001}',
        '"CustomerPrice": {"CurrencyId": "DOLLAR", "IsGross": true, "Value": 1}',
        '"CustomerPrice": {"CurrencyId": 840, "IsGross": true, "Value": 1}',
        '"ProductName": 5',
        '"ProductName": "a\\u0000b"',
        '"ProductName": "' + "x" * 256 + '"',
    ],
)
def test_values_of_the_wrong_kind_are_refused(field: str) -> None:
    """R17: what cannot be read as the message is invalid and names the field."""
    with pytest.raises(Invalid) as refused:
        item(field)
    assert refused.value.field.partition(".")[0] in field
    assert refused.value.field in refused.value.message


@pytest.mark.parametrize("written", ["10", "10.0", "1e1", "100e-1"])
def test_whole_numbers_may_have_a_fraction_of_zero(written: str) -> None:
    """JSON knows one kind of number."""
    assert item(f'"RunningNumber": {written}').running_number == 10


@pytest.mark.parametrize("missing", ["SubscriptionId", "CustomerPrice", "RunningNumber"])
def test_missing_fields_are_named(missing: str) -> None:
    """1.8: `Missing required field`; 2.16 says which are required."""
    price = '{"CurrencyId": "USD", "IsGross": true, "Value": 4.0}'
    given = {"SubscriptionId": '"S1"', "RunningNumber": "1", "CustomerPrice": price}
    body = ", ".join(f'"{name}": {text}' for name, text in given.items() if name != missing)
    with pytest.raises(Invalid, match=f"^Missing required field: {missing}$"):
        PRICE.of_json(f"{{{body}}}".encode())


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"1",
        b"{}{}",
        b"{'a': 1}",
        b'{"a": 1,}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 01}',
        b'{"a": "\xff"}',
        b'{"\xff": 1}',
        b'{"a": "\\ud800"}',
        b'{"a": "\\x"}',
        b"\x00",
        '{"a": 1}'.encode("utf-16"),
        b"[" * 50_000,
        b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b'{"a": ' + b"9" * 5000 + b"}",
    ],
)
def test_what_is_no_json_object_is_refused(body: bytes) -> None:
    """R17: 400 for syntax, also where it is meant to break the reader."""
    with pytest.raises(Invalid):
        parse_json(body)


def test_a_byte_order_mark_is_skipped() -> None:
    """Some clients write one."""
    assert parse_json(b'\xef\xbb\xbf{"a": 1}') == {"a": 1}


@given(
    st.dictionaries(
        st.text(max_size=5),
        st.recursive(
            st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(max_size=5),
            lambda inner: (
                st.lists(inner, max_size=3)
                | st.dictionaries(st.text(max_size=3), inner, max_size=3)
            ),
            max_leaves=8,
        ),
        max_size=5,
    )
)
def test_both_ways_of_reading_json_agree(tree: dict[str, Any]) -> None:
    """The way for ambiguous keys reads what the usual way reads, in small letters."""

    def folded(value: object) -> object:
        if isinstance(value, dict):
            return {key.lower(): folded(inner) for key, inner in value.items()}
        return [folded(inner) for inner in value] if isinstance(value, list) else value

    body = json_of(tree)
    assert parse_in_order(body) == folded(parse_json(body))


def json_of(tree: object) -> bytes:
    """JSON with every character as it is."""
    import msgspec  # noqa: PLC0415 - the encoder that writes whole numbers of any size

    return msgspec.json.encode(tree)


@pytest.mark.parametrize(
    "text",
    [
        "subscriptionid=S67531904&isCurrent=true&RunningNumber=1",
        "SubscriptionId=67531904&IsCurrent=True&runningnumber=1",
        "SUBSCRIPTIONID=s67531904&ISCURRENT=1&RUNNINGNUMBER=%31",
        "subscription%49d=S6753190%34&iscurrent=TRUE&RunningNumber=+1".replace("=+", "=%2B"),
        "subscriptionid=S1&subscriptionId=S67531904&isCurrent=false&iscurrent=true&RunningNumber=1",
        "&&x&y=&=z&subscriptionid=S67531904&isCurrent=true&RunningNumber=1&other=%20",
    ],
)
def test_query_parameters_match_in_any_case(text: str) -> None:
    """1.1: names match case-insensitively, unknown ones are tolerated, the last one counts."""
    message = query(text)
    assert (message.subscription_id, message.is_current, message.running_number) == (
        67531904,
        True,
        1,
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "subscriptionid=",
        "subscriptionid=x",
        "subscriptionid=%ff",
        "subscriptionid=S1&isCurrent=maybe",
        "subscriptionid=S1&RunningNumber=one",
        "subscriptionid=S1&RunningNumber=1.0",
        "subscriptionid=S1&RunningNumber=99999999999",
        "&".join(["subscriptionid=S1"] * 101),
    ],
)
def test_other_queries_are_refused(text: str) -> None:
    """R17: 400."""
    with pytest.raises(Invalid):
        query(text)


def test_own_messages_know_lengths_dates_and_words() -> None:
    """The kinds that only Tollbridge's own endpoints use."""
    assert CLOCK.of_json(b'{"advance": "P1Y2M3W4D"}').advance == Interval(14, 25)
    assert CLOCK.of_json(b'{"to": "2026-03-09"}').to == datetime(2026, 3, 9, tzinfo=UTC)
    contact = '{"email": "a@b.example", "country_id": "de", "language_id": "DE"}'
    bought = Reader(BuySubscriptions).of_json(
        f"""{{"items": [{{"product_id": 1, "quantity": 2}}], "currency": "usd",
        "customer": {{"contact": {contact}}}, "renewal_type": 2,
        "card": {{"number": "4242 4242-4242 4242", "expiry_month": 1,
        "expiry_year": 2030}}}}""".encode()
    )
    assert bought.renewal_type is RenewalType.MANUAL
    assert bought.currency == "USD"
    assert bought.customer.contact.country_id == "DE"
    assert bought.customer.contact.language_id == "de"


@pytest.mark.parametrize(
    "field",
    [
        '"advance": "P"',
        '"advance": "1M"',
        '"advance": 5',
        '"advance": "P0M"',
        '"to": 5',
        '"to": "soon"',
        '"to": "2201-01-01"',
        '"advance": "P1H"',
        '"advance": "P1M\\n"',
    ],
)
def test_other_lengths_and_dates_are_refused(field: str) -> None:
    """R17, R26: 400."""
    with pytest.raises(Invalid):
        CLOCK.of_json(f"{{{field}}}".encode())


def test_refusals_of_cards_do_not_repeat_them() -> None:
    """A value may be a secret: no text of a refusal has it."""
    body = (
        b'{"items": [], "currency": "USD", "customer": {}, "card": '
        b'{"number": 4242424242424242, "expiry_month": "4242", "expiry_year": 2030}}'
    )
    with pytest.raises(Invalid) as refused:
        Reader(BuySubscriptions).of_json(body)
    assert "4242" not in refused.value.message
