"""`tollbridge payments`: money that came, is tried again, goes back, or whose fate is open."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal, InvalidOperation
from fractions import Fraction

from tollbridge.cli.naming import merchants_of, the_merchant
from tollbridge.cli.operate import opened_platform
from tollbridge.cli.telling import CommandError, Exit, say, telling
from tollbridge.domain.currency import minor_units
from tollbridge.domain.money import to_exact, to_minor
from tollbridge.domain.pricing import exact_text
from tollbridge.domain.refunding import RefundRequest
from tollbridge.flows import purchases
from tollbridge.flows.collecting import Collector
from tollbridge.flows.purchases import Outcome
from tollbridge.queries.purchase import AtRisk, money_at_risk, read_purchase
from tollbridge.rest.dates import zulu

ACTOR = "cli"
DIGITS_MAX = 15  # R26


def receive(
    purchase_id: int,
    reference: str,
    merchant_id: int | None,
    database: str | None,
    *,
    as_json: bool,
) -> None:
    """`tollbridge payments receive`."""
    _do(
        database,
        merchant_id,
        lambda collector, number: purchases.receive(
            collector.platform, number, purchase_id, reference, ACTOR
        ),
        as_json=as_json,
    )


def retry(
    purchase_id: int, merchant_id: int | None, database: str | None, *, as_json: bool
) -> None:
    """`tollbridge payments retry`."""
    _do(
        database,
        merchant_id,
        lambda collector, number: purchases.retry(collector, number, purchase_id, ACTOR),
        as_json=as_json,
    )


def refund(
    purchase_id: int,
    asked: RefundRequest,
    amount: str | None,
    merchant_id: int | None,
    database: str | None,
    *,
    as_json: bool,
) -> None:
    """`tollbridge payments refund`; `amount` is in the main unit of the purchase's currency."""

    def given_back(collector: Collector, number: int) -> Outcome:
        told = read_purchase(collector.platform, number, purchase_id)
        minor = None if amount is None else minor_of(amount, told.purchase.currency)
        request = RefundRequest(
            amount=minor,
            lines=asked.lines,
            terminate=asked.terminate,
            reference=asked.reference,
            reason=asked.reason,
        )
        return purchases.refund(collector, number, purchase_id, request, ACTOR)

    _do(database, merchant_id, given_back, as_json=as_json)


def request_of(
    items: str | None, terminate: bool, reason: str, reference: str, *, as_json: bool
) -> RefundRequest:
    """What is to be given back, amount aside; a usage error for `items` that are no numbers."""
    with telling(as_json=as_json):
        lines = None if items is None else tuple(map(_line_number, items.split(",")))
    return RefundRequest(lines=lines, terminate=terminate, reason=reason, reference=reference)


def _line_number(text: str) -> int:
    if not text.strip().isdecimal():
        message = f"--items takes numbers such as 1,2 and not {text!r}"
        raise CommandError(Exit.USAGE, message, reason="items_invalid")
    return int(text)


def charge_back(
    purchase_id: int, merchant_id: int | None, database: str | None, *, keep: bool, as_json: bool
) -> None:
    """`tollbridge payments chargeback`."""
    _do(
        database,
        merchant_id,
        lambda collector, number: purchases.charge_back(
            collector.platform, number, purchase_id, terminate=not keep, actor=ACTOR
        ),
        as_json=as_json,
    )


def at_risk(merchant_id: int | None, database: str | None, *, as_json: bool) -> None:
    """`tollbridge payments at-risk`; exit code 1 when there is any."""
    with telling(as_json=as_json):
        found = []
        with opened_platform(database, read_only=True) as platform:
            for merchant in merchants_of(platform, merchant_id):
                now, undecided = money_at_risk(platform, merchant.id)
                found += [(merchant.id, one, now) for one in undecided]
        lines = [f"{number} {_line(one, now)}" for number, one, now in found]
        text = "\n".join([*lines, f"{len(found)} not decided."])
        answer = [{"merchant_id": number, **_told(one, now)} for number, one, now in found]
        say({"at_risk": answer}, text, as_json=as_json)
        if found:
            sys.exit(Exit.REFUSED)


def minor_of(text: str, currency: str) -> int:
    """An amount such as `12.50` in minor units; a usage error for what is none."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        number = Decimal("NaN")
    if not number.is_finite() or abs(number.adjusted()) > DIGITS_MAX:
        raise CommandError(Exit.USAGE, f"{text} is no amount", reason="amount_invalid")
    minor = to_minor(Fraction(number), currency)
    if Fraction(number) * 10 ** minor_units(currency) != minor:
        message = f"{text} has more decimals than {currency}"
        raise CommandError(Exit.USAGE, message, reason="amount_invalid")
    return minor


def _do(
    database: str | None,
    merchant_id: int | None,
    call: Callable[[Collector, int], Outcome],
    *,
    as_json: bool,
) -> None:
    with telling(as_json=as_json):
        with _collecting(database) as collector:
            outcome = call(collector, the_merchant(collector.platform, merchant_id).id)
        answer = {
            "purchase_id": outcome.purchase_id,
            "status": outcome.status.value,
            "currency": outcome.currency,
            "amount": _amount(outcome.gross, outcome.currency),
            "refunded": _amount(outcome.refunded, outcome.currency),
            "pending": outcome.pending,
        }
        pending = ", not decided yet" if outcome.pending else ""
        text = (
            f"Purchase {outcome.purchase_id}: {outcome.status.value}, {answer['amount']}"
            f" {outcome.currency}, {answer['refunded']} given back{pending}."
        )
        say(answer, text, as_json=as_json)


@contextmanager
def _collecting(database: str | None) -> Iterator[Collector]:
    with opened_platform(database, make=False) as platform:
        collector = Collector(platform)
        try:
            yield collector
        finally:
            collector.close()


def _amount(minor: int, currency: str) -> str:
    return exact_text(to_exact(minor, currency))


def _word(one: AtRisk) -> str:
    return "no answer yet" if one.result is None else one.result.value.replace("_", " ")


def _line(one: AtRisk, now: datetime) -> str:
    money = f"{_amount(one.amount, one.currency)} {one.currency}"
    return (
        f"{one.since:%Y-%m-%d %H:%M}  {_age(one, now):>4}  {one.kind:7}  {one.purchase_id:>12}"
        f"  {money:>14}  {_word(one)}"
    )


def _age(one: AtRisk, now: datetime) -> str:
    age = max(now - one.since, now - now)
    return f"{age.days}d" if age.days else f"{age.seconds // 3600}h"


def _told(one: AtRisk, now: datetime) -> dict[str, object]:
    return {
        "purchase_id": one.purchase_id,
        "kind": one.kind,
        "amount": _amount(one.amount, one.currency),
        "currency": one.currency,
        "since": zulu(one.since),
        "age_seconds": int((now - one.since).total_seconds()),
        "result": None if one.result is None else one.result.value,
    }
