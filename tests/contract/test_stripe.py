"""The Stripe adapter where the network fails, banks refuse and customers authenticate.

All against localstripe behind a proxy of ours: a double, not Stripe (docs/decisions/0011).
"""

import logging
from collections.abc import Iterator

import pytest
from msgspec.structs import replace
from structlog.testing import capture_logs

from tests.contract.charging import (
    APPROVES,
    ASKS_CUSTOMER,
    MERCHANT,
    card,
    charge,
    lines_by_key,
    method,
    refund,
    stored,
)
from tests.contract.fault_proxy import API_KEY, INTENTS, REFUNDS, Fault, FaultProxy
from tests.contract.stripe_double import StripeDouble
from tollbridge.domain.payment import CardToken, Outcome, Result
from tollbridge.domain.refusal import Invalid, NotAllowed
from tollbridge.gateways.stripe_answers import HARD_DECLINES, from_stripe, to_stripe
from tollbridge.ports import GatewayUnavailableError

UNKNOWN = Outcome(result=Result.UNKNOWN)
CARRIED_OUT = [Fault.ANSWER_LOST, Fault.ANSWER_LATE]
NOT_CARRIED_OUT = [Fault.REQUEST_LOST, Fault.BROKEN, Fault.BUSY, Fault.LOCKED_OUT]


@pytest.fixture
def gateway(fault_proxy: FaultProxy) -> Iterator[StripeDouble]:
    """An adapter that waits a while for an answer: longer than a busy machine takes for one."""
    one = StripeDouble(fault_proxy, timeout_seconds=4.0)
    yield one
    one.close()


@pytest.mark.parametrize("search_lags", [False, True])
@pytest.mark.parametrize("fault", CARRIED_OUT)
def test_a_lost_answer_is_found_by_its_key(
    gateway: StripeDouble, fault: Fault, *, search_lags: bool
) -> None:
    """Unknown is never guessed: the money was taken, and asking finds it, also before search does.

    Sent again it is not taken again.
    """
    gateway.proxy.search_lags = search_lags
    asked = charge(stored(gateway), "a")
    gateway.proxy.faults.append(fault)
    assert gateway.charge([asked]) == [UNKNOWN]
    [found] = gateway.look_up(MERCHANT, ["a"])
    assert found is not None
    assert found.result is Result.CAPTURED
    assert gateway.charge([asked]) == [found]
    assert gateway.proxy.carried_out.count(INTENTS) == 1
    assert lines_by_key(gateway) == {"a": 1}


@pytest.mark.parametrize("fault", NOT_CARRIED_OUT)
def test_what_never_arrived_is_taken_once_when_sent_again(
    gateway: StripeDouble, fault: Fault
) -> None:
    """A lost request, a broken or busy Stripe and a wrong key are UNKNOWN, never declines."""
    asked = charge(stored(gateway), "a")
    gateway.proxy.faults.append(fault)
    assert gateway.charge([asked]) == [UNKNOWN]
    assert gateway.look_up(MERCHANT, ["a"]) == [None]
    [outcome] = gateway.charge([asked])
    assert outcome.result is Result.CAPTURED
    assert lines_by_key(gateway) == {"a": 1}


def looked_up(gateway: StripeDouble, keys: list[str]) -> list[Outcome | None]:
    """Asked again while unknown, as recovery does: the lost answer may have closed connections."""
    for _ in range(9):
        known = gateway.look_up(MERCHANT, keys)
        if UNKNOWN not in known:
            break
    return list(known)


def test_one_fault_of_many_leaves_the_others_alone(gateway: StripeDouble) -> None:
    """Ten charges at once, of which one is lost: nine outcomes, and each in its place."""
    visa = stored(gateway)
    gateway.proxy.faults.append(Fault.ANSWER_LOST)
    asked = [charge(visa, f"k{n}", amount=100 + n) for n in range(10)]
    outcomes = gateway.charge(asked)
    assert sorted(outcome.result.value for outcome in outcomes) == ["captured"] * 9 + ["unknown"]
    known = looked_up(gateway, [one.key for one in asked])
    for outcome, truth in zip(outcomes, known, strict=True):
        assert outcome in (truth, UNKNOWN)
    for outcome, truth in zip(gateway.charge(asked), known, strict=True):
        assert outcome in (truth, UNKNOWN)


def test_the_same_charge_in_one_call_is_sent_once(gateway: StripeDouble) -> None:
    """Stripe would refuse a key that is on its way already, and the outcome be unknown."""
    same = charge(stored(gateway), "a")
    outcomes = gateway.charge([same] * 3)
    assert [outcome.result for outcome in outcomes] == [Result.CAPTURED] * 3
    assert gateway.proxy.received.count(f"charge/{MERCHANT}/a") == 1


@pytest.mark.parametrize("fault", CARRIED_OUT)
def test_a_lost_answer_to_a_refund_gives_back_once(gateway: StripeDouble, fault: Fault) -> None:
    """Found by its key; and sent again after Stripe has forgotten the key, it is not done again."""
    asked = charge(stored(gateway), "a")
    [captured] = gateway.charge([asked])
    back = refund(asked, captured, "r", amount=2000)
    gateway.proxy.faults.append(fault)
    assert gateway.refund([back]) == [UNKNOWN]
    [found] = gateway.look_up(MERCHANT, ["r"])
    assert found is not None
    assert found.result is Result.CAPTURED
    gateway.proxy.forget_keys()
    assert gateway.refund([back]) == [found]
    assert gateway.proxy.carried_out.count(REFUNDS) == 1


@pytest.mark.parametrize("fault", NOT_CARRIED_OUT)
def test_a_refund_that_never_arrived_is_done_once(gateway: StripeDouble, fault: Fault) -> None:
    """As for charges."""
    asked = charge(stored(gateway), "a")
    [captured] = gateway.charge([asked])
    gateway.proxy.faults.append(fault)
    back = refund(asked, captured, "r")
    assert gateway.refund([back]) == [UNKNOWN]
    assert gateway.look_up(MERCHANT, ["r"]) == [None]
    [outcome] = gateway.refund([back])
    assert outcome.result is Result.CAPTURED
    assert lines_by_key(gateway) == {"a": 1, "r": 1}


@pytest.mark.parametrize(
    ("code", "hard"),
    [
        ("insufficient_funds", False),
        ("generic_decline", False),
        ("do_not_honor", False),
        ("processing_error", False),
        ("issuer_not_available", False),
        *((code, True) for code in sorted(HARD_DECLINES)),
    ],
)
def test_declines_say_why_and_whether_to_try_again(
    gateway: StripeDouble, code: str, *, hard: bool
) -> None:
    """R20: the bank's own reason, not Stripe's word for all of them (`card_declined`)."""
    visa = stored(gateway)
    gateway.proxy.faults.append(code)
    outcome = Outcome(result=Result.DECLINED, code=code, hard=hard)
    assert gateway.charge([charge(visa, "a")]) == [outcome]


def test_a_card_that_stripe_does_not_know_may_be_tried_again(gateway: StripeDouble) -> None:
    """Soft: with the key of another account every card would be unknown."""
    gone = replace(stored(gateway), token=f"{MERCHANT}:cus_gone:pm_gone")
    [outcome] = gateway.charge([charge(gone, "a")])
    assert outcome == Outcome(result=Result.DECLINED, code="resource_missing")


@pytest.mark.parametrize("token", ["", "cus_1:pm_1", f"{MERCHANT}:cus_1", f"{MERCHANT + 1}:cus:pm"])
def test_a_token_of_nobody_asks_stripe_nothing(gateway: StripeDouble, token: str) -> None:
    """A token says whose it is: another merchant's takes nothing."""
    none = replace(stored(gateway), token=token)
    asked = list(gateway.proxy.carried_out)
    [outcome] = gateway.charge([charge(none, "a")])
    assert outcome == Outcome(result=Result.DECLINED, code="no_such_card", hard=True)
    assert gateway.update_card(MERCHANT, none) is None
    assert gateway.proxy.carried_out == asked


@pytest.mark.parametrize(
    ("approve", "result", "code"),
    [
        (True, Result.CAPTURED, ""),
        (False, Result.DECLINED, "payment_intent_authentication_failure"),
    ],
)
def test_the_customer_decides_a_waiting_charge(
    gateway: StripeDouble, *, approve: bool, result: Result, code: str
) -> None:
    """The bank wants the customer, who gets an address; what they do is found by the key."""
    asked = charge(stored(gateway, ASKS_CUSTOMER), "a")
    [waiting] = gateway.charge([asked])
    assert (waiting.result, waiting.code) == (Result.ACTION_REQUIRED, "authentication_required")
    gateway.proxy.authenticate(waiting.url, approve=approve)
    [found] = gateway.look_up(MERCHANT, ["a"])
    assert found is not None
    assert (found.result, found.code, found.hard) == (result, code, False)
    assert gateway.charge([asked]) == [found]


def test_a_customer_who_was_not_asked_is_asked_by_looking_up(gateway: StripeDouble) -> None:
    """The answer that the bank wants the customer was lost: asking by the key gives the address."""
    gateway.proxy.faults.append(Fault.ANSWER_LOST)
    assert gateway.charge([charge(stored(gateway, ASKS_CUSTOMER), "a")]) == [UNKNOWN]
    [waiting] = gateway.look_up(MERCHANT, ["a"])
    assert waiting is not None
    assert waiting.url.startswith(f"{gateway.proxy.url}/authenticate/pi_")


def test_a_card_stays_with_the_customer_who_authenticated(gateway: StripeDouble) -> None:
    """One that Stripe's page kept for later payments has its customer already."""
    token = gateway.proxy.enter(APPROVES)
    first = gateway.store_card(MERCHANT, token)
    assert gateway.store_card(MERCHANT, token) == first
    assert gateway.proxy.carried_out.count("/v1/customers") == 1


def test_no_typed_card_reaches_stripe(gateway: StripeDouble) -> None:
    """Numbers are for Stripe's own page; nothing is sent."""
    with pytest.raises(NotAllowed) as caught:
        gateway.store_card(MERCHANT, card())
    assert (caught.value.reason, caught.value.field) == ("card_typed", "card.number")
    assert gateway.proxy.carried_out == []


def test_a_card_that_the_bank_refuses_is_not_kept(gateway: StripeDouble) -> None:
    """Nor is one that Stripe does not know."""
    with pytest.raises(NotAllowed) as refused:
        gateway.store_card(MERCHANT, gateway.proxy.enter("4000000000000002"))
    assert refused.value.reason == "card_declined"
    with pytest.raises(Invalid) as unknown:
        gateway.store_card(MERCHANT, CardToken(token="pm_nobody"))
    assert unknown.value.field == "card.token"


def test_a_newer_card_is_known(gateway: StripeDouble) -> None:
    """The card networks tell Stripe; the token stays."""
    kept = stored(gateway)
    assert gateway.update_card(MERCHANT, kept) is None
    gateway.proxy.renew(kept.token.rpartition(":")[2], 2033)
    newer = gateway.update_card(MERCHANT, kept)
    assert newer is not None
    assert method(newer) == replace(kept, expiry_year=2033)
    assert gateway.update_card(MERCHANT, method(newer)) is None


def test_a_stripe_that_is_away_is_said_to_be(gateway: StripeDouble) -> None:
    """Nothing is known of money, nothing newer of a card, and nothing can be kept or listed."""
    kept, token = stored(gateway), gateway.proxy.enter(APPROVES)
    asked = charge(kept, "a")
    [captured] = gateway.charge([asked])
    gateway.close()
    gateway.proxy.close()
    away = StripeDouble(gateway.proxy, timeout_seconds=1.0)
    assert away.charge([charge(kept, "b"), charge(kept, "c")]) == [UNKNOWN, UNKNOWN]
    assert away.refund([refund(asked, captured, "r")]) == [UNKNOWN]
    assert away.look_up(MERCHANT, ["a", "b"]) == [UNKNOWN, UNKNOWN]
    assert away.update_card(MERCHANT, kept) is None
    with pytest.raises(GatewayUnavailableError):
        away.store_card(MERCHANT, token)
    with pytest.raises(GatewayUnavailableError):
        list(away.book(MERCHANT))
    away.close()


def test_no_secret_is_logged(
    gateway: StripeDouble, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """At the most talkative level: no key, no card number, no word of Stripe's messages."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("stripe").setLevel(logging.DEBUG)
    talkative = StripeDouble(gateway.proxy)
    with capture_logs() as told:
        kept = stored(talkative)
        gateway.proxy.faults.extend([Fault.BROKEN, "lost_card", Fault.ANSWER_LOST])
        for key in "abc":
            talkative.charge([charge(kept, key)])
        talkative.look_up(MERCHANT, ["a"])
    talkative.close()
    assert [line["event"] for line in told] == ["stripe_refused"] * 2
    said = f"{told} {caplog.text} {capfd.readouterr()} {talkative!r} {vars(talkative)!r}"
    for secret in (API_KEY, APPROVES, "Declined.", "_secret_"):
        assert secret not in said


@pytest.mark.parametrize(
    ("amount", "currency", "counted"),
    [(5032, "USD", 5032), (5032, "JPY", 5032), (5032, "KWD", 5032), (5032, "ISK", 503200)],
)
def test_amounts_are_counted_as_stripe_does(amount: int, currency: str, counted: int) -> None:
    """Minor units, but hundredths for currencies that Stripe once had with two decimals."""
    assert to_stripe(amount, currency) == counted
    assert from_stripe(counted, currency) == amount


def test_a_currency_with_other_units_comes_back_in_minor_units(gateway: StripeDouble) -> None:
    """What the book says is what was asked."""
    [outcome] = gateway.charge([replace(charge(stored(gateway), "a"), currency="ISK")])
    [entry] = gateway.book(MERCHANT)
    assert (entry.amount, entry.currency, entry.outcome) == (5032, "ISK", outcome)
