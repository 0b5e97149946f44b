"""`tollbridge timeline`: a life in lines, from the beginning into the future."""

from tollbridge.cli.naming import subscription_number, the_merchant
from tollbridge.cli.operate import opened_platform
from tollbridge.cli.telling import say, telling
from tollbridge.domain.money import to_exact
from tollbridge.domain.pricing import exact_text
from tollbridge.domain.timeline import Moment, Tense
from tollbridge.queries.timeline import Timeline, read_timeline
from tollbridge.rest.dates import zulu

MARKS = {Tense.PAST: " ", Tense.PRESENT: ">", Tense.FORECAST: "~"}


def show_timeline(
    subscription: str, count: int, merchant_id: int | None, database: str | None, *, as_json: bool
) -> None:
    """The life of a subscription, with the next `count` steps."""
    with telling(as_json=as_json):
        number = subscription_number(subscription)
        with opened_platform(database, read_only=True) as platform:
            told = read_timeline(platform, the_merchant(platform, merchant_id).id, number, count)
        answer = {
            "subscription_id": f"S{number}",
            "currency": told.currency,
            "moments": [_told(moment, told.currency) for moment in told.moments],
        }
        say(answer, _table(told), as_json=as_json)


def _table(told: Timeline) -> str:
    """Date, what, amount and status in columns; what is foreseen has a ~ before it."""
    rows = [
        (
            MARKS[moment.tense],
            f"{moment.at:%Y-%m-%d}",
            moment.what,
            _amount(moment, told.currency),
            moment.status.name.title(),
        )
        for moment in told.moments
    ]
    wide = max(len(row[2]) for row in rows)
    return "\n".join(
        f"{mark} {date}  {what:{wide}}  {amount:>14}  {status}"
        for mark, date, what, amount, status in rows
    )


def _amount(moment: Moment, currency: str) -> str:
    if moment.amount is None:
        return ""
    return f"{exact_text(to_exact(moment.amount.gross, currency))} {currency}"


def _told(moment: Moment, currency: str) -> dict[str, object]:
    amount = moment.amount
    return {
        "at": zulu(moment.at),
        "tense": moment.tense.value,
        "what": moment.what,
        "purchase_id": moment.purchase_id if (moment.purchase_id or 0) > 0 else None,
        "amount": None if amount is None else exact_text(to_exact(amount.gross, currency)),
        "status": moment.status.value,
    }
