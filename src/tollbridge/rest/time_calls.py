"""The calls that look back and ahead: a state, a forecast, a timeline."""

from datetime import datetime

from tollbridge.domain.forecast import Foreseen
from tollbridge.domain.purchase import Purchase
from tollbridge.domain.subscription import Item, Subscription
from tollbridge.domain.timeline import Moment, Tense, moments
from tollbridge.queries.forecast import read_forecast
from tollbridge.queries.past import subscription_as_of
from tollbridge.queries.timeline import read_timeline
from tollbridge.rest import time_messages as wire
from tollbridge.rest.dates import zulu
from tollbridge.rest.endpoint import Call
from tollbridge.rest.journal_answer import amount_of, length_or_none, line_of, part_of, terms_of
from tollbridge.rest.journal_messages import ParameterText


def get_state(call: Call[wire.ReadState]) -> wire.State:
    """A subscription as it stands, or as it stood."""
    asked = call.message
    return state_of(
        subscription_as_of(call.platform, call.merchant_id, asked.subscription_id, asked.as_of)
    )


def get_forecast(call: Call[wire.LookAhead]) -> wire.Forecast:
    """What will happen if nobody interferes."""
    asked = call.message
    held, steps = read_forecast(call.platform, call.merchant_id, asked.subscription_id, asked.count)
    currency = held.subscription.currency
    return wire.Forecast(
        subscription_id=f"S{held.subscription.id}",
        currency=currency,
        steps=tuple(_step(step, currency) for step in steps),
    )


def get_timeline(call: Call[wire.LookAhead]) -> wire.Timeline:
    """Past, present and forecast in one."""
    asked = call.message
    told = read_timeline(call.platform, call.merchant_id, asked.subscription_id, asked.count)
    return wire.Timeline(
        subscription_id=f"S{asked.subscription_id}",
        currency=told.currency,
        moments=tuple(_moment(moment, told.currency) for moment in told.moments),
    )


def state_of(subscription: Subscription) -> wire.State:
    """A subscription in Tollbridge's own words."""
    return wire.State(
        subscription_id=f"S{subscription.id}",
        revision=subscription.revision,
        status=subscription.status.value,
        customer_id=subscription.customer_id,
        currency=subscription.currency,
        management_model=subscription.management_model.value,
        renewal_type=subscription.renewal_type.value,
        started_at=zulu(subscription.start),
        ends_at=_zulu_or_none(subscription.end),
        interval=str(subscription.interval),
        billing_interval=length_or_none(subscription.billing_interval),
        last_interval_no=subscription.last_interval_no,
        last_billing_interval_no=subscription.last_billing_interval_no,
        instalment=part_of(subscription.instalment),
        next_billing_at=zulu(subscription.next_billing),
        next_renewal_at=zulu(subscription.next_renewal),
        unpaid_until=_zulu_or_none(subscription.unpaid_until),
        items=tuple(_item(item) for item in subscription.items),
        open_purchases=tuple(_open(purchase) for purchase in subscription.purchases),
        parameters=tuple(
            ParameterText(key=key, value=value) for key, value in subscription.parameters.items()
        ),
    )


def _item(item: Item) -> wire.ItemState:
    return wire.ItemState(
        running_no=item.running_no,
        status=item.status.value,
        version=item.version,
        version_active_at=zulu(item.version_active_at),
        started_at=zulu(item.start),
        ends_at=_zulu_or_none(item.end),
        last_interval_no=item.last_interval_no,
        coupon_code=item.coupon.code if item.coupon else "",
        terms=terms_of(item.latest),
        in_force=terms_of(item.in_force),
    )


def _open(purchase: Purchase) -> wire.OpenPurchase:
    return wire.OpenPurchase(
        purchase_id=purchase.id,
        purpose=purchase.purpose.value,
        status=purchase.status.value,
        interval_no=purchase.interval_no,
        billing_interval_no=purchase.billing_interval_no,
        amount=amount_of(purchase.total, purchase.currency),
        due_at=_zulu_or_none(purchase.due),
        tries=purchase.tries,
        in_progress=purchase.in_flight,
    )


def _step(step: Foreseen, currency: str) -> wire.Step:
    return wire.Step(
        at=zulu(step.at),
        reason=step.step.name.lower(),
        what=tuple(moment.what for moment in moments(step.change, Tense.FORECAST)),
        bill=_bill(step.purchase, currency) if step.purchase else None,
        status=step.after.status.value,
        next_billing_at=zulu(step.after.next_billing),
    )


def _bill(purchase: Purchase, currency: str) -> wire.Bill:
    return wire.Bill(
        purchase_id=_known(purchase.id),
        interval_no=purchase.interval_no,
        billing_interval_no=purchase.billing_interval_no,
        instalment=part_of(purchase.advance.instalment) if purchase.advance else None,
        amount=amount_of(purchase.total, currency),
        lines=tuple(line_of(line, currency) for line in purchase.lines),
    )


def _moment(moment: Moment, currency: str) -> wire.MomentText:
    return wire.MomentText(
        at=zulu(moment.at),
        tense=moment.tense.value,
        what=moment.what,
        purchase_id=_known(moment.purchase_id),
        amount=amount_of(moment.amount, currency) if moment.amount else None,
        status=moment.status.value,
    )


def _known(purchase_id: int | None) -> int | None:
    """The id of a purchase that is there; what is foreseen has none yet."""
    return purchase_id if purchase_id is not None and purchase_id > 0 else None


def _zulu_or_none(at: datetime | None) -> str | None:
    return None if at is None else zulu(at)
