"""A subscription through time, in Tollbridge's own words: as it was, is and will be."""

from datetime import datetime
from typing import Annotated

from tollbridge.queries.forecast import STEPS_MAX
from tollbridge.rest.journal_messages import ParameterText, PartText
from tollbridge.rest.kinds import INSTANT, SUBSCRIPTION, Whole
from tollbridge.rest.line_messages import Amount, LineText, TermsText
from tollbridge.rest.messages import Answer, Message, of, told

COUNT = Whole(1, STEPS_MAX)
STEPS = 24


class ReadState(Message, frozen=True, kw_only=True):
    """Which subscription, and when."""

    subscription_id: Annotated[
        int, of(SUBSCRIPTION, "The subscription, with or without S", example="S67531904")
    ]
    as_of: Annotated[
        datetime | None, of(INSTANT, "As it stood then (business time); without: as it stands")
    ] = None


class LookAhead(Message, frozen=True, kw_only=True):
    """Which subscription, and how far."""

    subscription_id: Annotated[
        int, of(SUBSCRIPTION, "The subscription, with or without S", example="S67531904")
    ]
    count: Annotated[int, of(COUNT, "Steps of the forecast", example=24)] = STEPS


class ItemState(Answer, frozen=True, kw_only=True):
    """An item: the latest terms, and those with which the running interval was billed (R3)."""

    running_no: Annotated[int, told("Its running number", 1)]
    status: Annotated[str, told("ACT, DEA, FIN, REM, WAT, HBC or OTH", "ACT")]
    version: Annotated[int, told("Counts from 1", 1)]
    version_active_at: Annotated[str, told("When the version came")]
    started_at: Annotated[str, told("When the item came")]
    ends_at: Annotated[str | None, told("When it ends, if it was ended")]
    last_interval_no: Annotated[int, told("The last interval that is paid", 0)]
    coupon_code: Annotated[str, told("The coupon that it holds, or nothing", "")]
    terms: Annotated[TermsText, told("The latest terms")]
    in_force: Annotated[TermsText, told("The terms of the running interval")]


class OpenPurchase(Answer, frozen=True, kw_only=True):
    """A purchase that is not paid."""

    purchase_id: Annotated[int, told("The purchase", 531157892)]
    purpose: Annotated[str, told("signup, renewal or alignment", "renewal")]
    status: Annotated[str, told("NEW or DEC (declined)", "NEW")]
    interval_no: Annotated[int, told("The interval it bills", 1)]
    billing_interval_no: Annotated[int, told("Counts bills from 0", 1)]
    amount: Annotated[Amount, told("The sum of its lines")]
    due_at: Annotated[str | None, told("The billing date, of a bill that came by itself")]
    tries: Annotated[int, told("Attempts to charge it", 0)]
    in_progress: Annotated[bool, told("Whether an attempt is not decided yet", example=False)]


class State(Answer, frozen=True, kw_only=True):
    """A subscription as it stands, or stood."""

    subscription_id: Annotated[str, told("The subscription", "S67531904")]
    revision: Annotated[int, told("The last entry of its journal that counts here", 5)]
    status: Annotated[str, told("ACT, DEA, FIN, GRA, HLD, NEW, HBC or WNO", "ACT")]
    customer_id: Annotated[int, told("The customer", 157610360)]
    currency: Annotated[str, told("Of all amounts, ISO 4217", "USD")]
    management_model: Annotated[str, told("One or Two", "Two")]
    renewal_type: Annotated[str, told("Automatic or Manual", "Automatic")]
    started_at: Annotated[str, told("When it began", "2026-02-09T15:43:07.20517Z")]
    ends_at: Annotated[str | None, told("When it ends, if it was ended")]
    interval: Annotated[str, told("ISO 8601", "P1M")]
    billing_interval: Annotated[str | None, told("Between instalments; null: paid at once")]
    last_interval_no: Annotated[int, told("The last interval that is paid", 0)]
    last_billing_interval_no: Annotated[int, told("The last bill that is paid, from 0", 0)]
    instalment: Annotated[PartText | None, told("The last one that is paid, if there are any")]
    next_billing_at: Annotated[str, told("NextBillingDate", "2026-03-09T15:43:07.20517Z")]
    next_renewal_at: Annotated[str, told("NextRenewalDate", "2026-03-09T15:43:07.20517Z")]
    unpaid_until: Annotated[str | None, told("The end of grace or hold (R20)")]
    items: Annotated[tuple[ItemState, ...], told("By running number")]
    open_purchases: Annotated[tuple[OpenPurchase, ...], told("What is not paid")]
    parameters: Annotated[tuple[ParameterText, ...], told("As they are set")]


class Bill(Answer, frozen=True, kw_only=True):
    """A bill that a step opens or charges."""

    purchase_id: Annotated[int | None, told("The purchase; null: not opened yet")]
    interval_no: Annotated[int, told("The interval it bills", 1)]
    billing_interval_no: Annotated[int, told("Counts bills from 0", 1)]
    instalment: Annotated[PartText | None, told("The part of it; null: all of it")]
    amount: Annotated[Amount, told("The sum of the lines")]
    lines: Annotated[tuple[LineText, ...], told("What is charged, and why so much")]


class Step(Answer, frozen=True, kw_only=True):
    """Something that time will bring."""

    at: Annotated[str, told("Business time", "2026-03-09T15:43:07.20517Z")]
    reason: Annotated[
        str, told("remind, bill, retry, end_grace, end_hold, check_card or notice", "bill")
    ]
    what: Annotated[tuple[str, ...], told("What it comes to, in words", ["paid"])]
    bill: Annotated[Bill | None, told("What it bills, if anything")]
    status: Annotated[str, told("Of the subscription after it", "ACT")]
    next_billing_at: Annotated[str, told("NextBillingDate after it")]


class Forecast(Answer, frozen=True, kw_only=True):
    """What will happen if nobody interferes and every charge is captured."""

    subscription_id: Annotated[str, told("The subscription", "S67531904")]
    currency: Annotated[str, told("Of all amounts, ISO 4217", "USD")]
    steps: Annotated[
        tuple[Step, ...],
        told("In order; none where nothing is due, or a payment is not decided yet"),
    ]


class MomentText(Answer, frozen=True, kw_only=True):
    """One line of a life."""

    at: Annotated[str, told("Business time", "2026-02-09T15:43:07.20517Z")]
    tense: Annotated[str, told("past, present or forecast", "past")]
    what: Annotated[str, told("What happened, stands or will be", "paid")]
    purchase_id: Annotated[int | None, told("The purchase it is about, if there is one by now")]
    amount: Annotated[Amount | None, told("Of that purchase")]
    status: Annotated[str, told("Of the subscription after it", "ACT")]


class Timeline(Answer, frozen=True, kw_only=True):
    """A life from its beginning into the future."""

    subscription_id: Annotated[str, told("The subscription", "S67531904")]
    currency: Annotated[str, told("Of all amounts, ISO 4217", "USD")]
    moments: Annotated[tuple[MomentText, ...], told("In order")]
