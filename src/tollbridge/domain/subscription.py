"""The subscription: one aggregate, the unit of every change.

The values here hold what the next decision needs and nothing that grows with age: superseded
item versions and links to purchases are rows of their own (`records.py`).
"""

from datetime import datetime, timedelta
from enum import Enum

import msgspec

from tollbridge.domain.coupon import Coupon
from tollbridge.domain.merchant import HOLD_DAYS, RETRY_DAYS, ManagementModel
from tollbridge.domain.money import Split
from tollbridge.domain.payment import Result
from tollbridge.domain.price import Price
from tollbridge.domain.purchase import Purchase
from tollbridge.domain.refund import RefundPart
from tollbridge.domain.refusal import NotFound
from tollbridge.domain.schedule import (
    NO_INTERVAL,
    Anchor,
    Cycle,
    Instalment,
    Interval,
    date_of,
    first_of_term,
)

SCHEMA = 1  # of the stored document


class SubscriptionStatus(Enum):
    """Life of a subscription (subscription-api.md 1.5); the value is the three-letter code."""

    ACTIVE = "ACT"
    DEACTIVATED = "DEA"
    FINISHED = "FIN"
    GRACE = "GRA"
    HOLD = "HLD"
    NEW = "NEW"
    HANDLED_BY_CLIENT = "HBC"
    AWAITING_NEW_ORDER = "WNO"


UNPAID = (SubscriptionStatus.GRACE, SubscriptionStatus.HOLD)


class ItemStatus(Enum):
    """Life of a subscription item (subscription-api.md 1.5)."""

    ACTIVE = "ACT"
    DEACTIVATED = "DEA"
    FINISHED = "FIN"
    REMOVED = "REM"
    AWAITING_REINSTATE = "WAT"
    HANDLED_BY_CLIENT = "HBC"
    OTHER = "OTH"


class RenewalType(Enum):
    """Whether the renewal is charged by itself or waits for the customer."""

    AUTOMATIC = "Automatic"
    MANUAL = "Manual"


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What an item version agrees: product, quantity, price and interval (R9).

    The price is that of a whole interval, paid at once or in instalments. `custom_price` is set
    when the price came with the call (CustomerPrice) and not from the catalog.
    """

    product_id: int
    product_name: str
    product_name_en: str = ""
    product_name_extension: str = ""
    quantity: int
    price: Price
    interval: Interval
    billing_interval: Interval = NO_INTERVAL
    recurrence_count: int | None = None
    custom_price: bool = False

    @property
    def cycle(self) -> Cycle:
        """How long a term is, and how it is paid."""
        return Cycle(self.interval, self.billing_interval)

    @property
    def billing_step(self) -> Interval:
        """The length that one bill is for."""
        return self.billing_interval or self.interval

    @property
    def instalments(self) -> int:
        """In how many parts the price is paid."""
        return self.cycle.instalments if self.billing_interval else 1


class PaidPart(msgspec.Struct, frozen=True):
    """What was captured for an item since the last billing, and the nominal days it covers (R11).

    Amounts in minor units. A later credit from this part is amount x days left / `covers_days`.
    `purchase_id` is what it was captured for; 0 where it was carried over.
    """

    gross: int
    net: int
    covers_days: int
    purchase_id: int = 0

    def less(self, amount: Split) -> "PaidPart":
        """What is left of it once an amount is given back."""
        left = self.gross - amount.gross, self.net - amount.net
        return PaidPart(*left, self.covers_days, self.purchase_id)


class Former(msgspec.Struct, frozen=True, kw_only=True):
    """What an aligned change took the place of, until it is paid (R2).

    `cause` is the journal sequence of the change; without terms the item was not there before.
    `version` is that of the former terms, `action` and `call` say how the change was asked for.
    """

    cause: int
    in_force: Terms | None = None
    latest: Terms | None = None
    coupon: Coupon | None = None
    version: int = 0
    version_active_at: datetime | None = None
    action: str = ""
    call: str = ""


class Bought(msgspec.Struct, frozen=True):
    """The purchase line with which an item was first bought."""

    purchase_id: int
    running_no: int


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One subscription item with the terms in force and the latest terms (R3).

    `in_force` are the terms with which the running interval was billed, `latest` those of the
    current version; for an item that joins at the next billing they begin equal. `paid` is what
    the running interval has brought in so far: nothing paid is nothing to credit. `frozen` are
    the terms in the open purchase of the next interval, when newer ones have come since (R6).
    `interval_offset` are the intervals of the subscription that the item was no part of, and
    `intervals_begun` those after `last_interval_no` that it has begun to pay in instalments.
    `former` is what an aligned change that is not paid yet falls back to (R2).
    """

    running_no: int
    status: ItemStatus
    start: datetime
    version: int = 1
    version_active_at: datetime
    in_force: Terms
    latest: Terms
    frozen: Terms | None = None
    last_interval_no: int = 0
    interval_offset: int = 0
    intervals_begun: int = 0
    paid: tuple[PaidPart, ...] = ()
    former: Former | None = None
    coupon: Coupon | None = None
    bought: Bought | None = None
    deactivated_at: datetime | None = None
    end: datetime | None = None

    @property
    def active(self) -> bool:
        """Whether the item is billed by itself."""
        return self.status is ItemStatus.ACTIVE

    @property
    def billed(self) -> bool:
        """Whether the next bill has the item on it, be it by itself or when asked for (R21)."""
        return self.status in (ItemStatus.ACTIVE, ItemStatus.AWAITING_REINSTATE)

    @property
    def term_no(self) -> int:
        """The number of the last interval that it was billed for, be it in part."""
        return self.last_interval_no + self.intervals_begun

    @property
    def renewals(self) -> int:
        """How often the item was renewed; the first purchase is not counted (R16)."""
        return self.term_no - self.interval_offset

    @property
    def renewals_left(self) -> int | None:
        """How many renewals are agreed still (RecurrenceCount), None without end."""
        most = self.latest.recurrence_count
        return None if most is None else max(0, most - self.renewals)

    @property
    def renews(self) -> bool:
        """Whether another renewal is agreed."""
        return self.renewals_left != 0


class Bounds(msgspec.Struct, frozen=True):
    """Beginning and nominal end of what is paid for now; moving the billing date leaves them.

    That is the running interval, or the running billing interval where there are instalments.
    """

    start: datetime
    end: datetime


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """One subscription. `revision` is the sequence of the last event in its journal.

    `facts` counts the outbox facts told about it. `purchases` are the open ones only,
    `refunds` those that are not decided. With
    `trial` the first interval costs nothing (R16). `last_event_at` is business time.

    `original_purchase_id` is the sign-up's, which subscriptions of one order share.

    `billing_interval` is set where an interval is paid in instalments, and `instalment` is then
    the one that was paid last (R16).

    `unpaid_until` is the end of grace or hold (R20), `reinstated_at` when it was brought back with
    its date in the past (R22), `card_checked_no` the billing for which the card was looked at, and
    `card_told` says that the customer knows that it expires.
    """

    schema: int = SCHEMA
    merchant_id: int
    id: int
    revision: int = 0
    facts: int = 0
    customer_id: int
    payment_method_id: int
    original_purchase_id: int = 0
    currency: str
    status: SubscriptionStatus
    management_model: ManagementModel
    renewal_type: RenewalType
    reminder_days: int
    grace_days: int
    hold_days: int = HOLD_DAYS
    retry_days: tuple[int, ...] = RETRY_DAYS
    sync_with_payment_date: bool = True
    start: datetime
    start_interval: Interval
    trial: bool = False
    interval: Interval
    billing_interval: Interval = NO_INTERVAL
    anchor: Anchor
    running: Bounds
    last_interval_no: int = 0
    last_billing_interval_no: int = 0
    instalment: Instalment | None = None
    end: datetime | None = None
    last_event_at: datetime | None = None
    unpaid_until: datetime | None = None
    reinstated_at: datetime | None = None
    card_checked_no: int = 0
    card_told: bool = False
    parameters: dict[str, str] = {}
    items: tuple[Item, ...]
    purchases: tuple[Purchase, ...] = ()
    refunds: tuple[RefundPart, ...] = ()

    @property
    def next_billing(self) -> datetime:
        """NextBillingDate: when what comes after the last paid billing begins (R1, R5)."""
        return date_of(self.anchor, self.billing_step, self.last_billing_interval_no + 1)

    @property
    def next_renewal(self) -> datetime:
        """NextRenewalDate: the billing date on which the next term begins (R13)."""
        last = self.instalment
        if last is None or self.begins_term:
            return self.next_billing
        bill = self.bill
        if bill is not None and bill.advance is not None and self.next_cycle != self.cycle:
            return bill.advance.next_billing
        number = self.last_billing_interval_no + last.of - last.number + 1
        return date_of(self.anchor, self.billing_step, number)

    @property
    def cycle(self) -> Cycle:
        """How long the running term is, and how it is paid."""
        return Cycle(self.interval, self.billing_interval)

    @property
    def billing_step(self) -> Interval:
        """The length from one billing date to the next: the step of the calendar (R5)."""
        return self.interval if self.instalment is None else self.billing_interval

    @property
    def first_step(self) -> Interval:
        """The length of what the sign-up pays for."""
        return self.start_interval if self.trial or not self.billing_interval else self.billing_step

    @property
    def running_interval(self) -> Interval:
        """The length that the price in force is for; a trial has none of its own (R11)."""
        first = self.last_billing_interval_no == 0 and not self.trial
        return self.first_step if first else self.billing_step

    @property
    def term_no(self) -> int:
        """The number of the running interval; until its last instalment it is not the last paid."""
        return self.instalment.term_no if self.instalment else self.last_interval_no

    @property
    def in_instalments(self) -> bool:
        """Whether the next bill is, or may be, for less than a term."""
        bill = self.bill
        billed = bill is not None and bill.advance is not None and bill.advance.instalment
        return bool(self.instalment or billed or self.next_cycle.billing_interval)

    @property
    def next_cycle(self) -> Cycle:
        """The cycle that the items agree on for the bill after what is open (R12)."""
        return next((item.latest.cycle for item in self.items if item.billed), self.cycle)

    @property
    def begins_term(self) -> bool:
        """Whether the next bill is the first of a term: a renewal, and no further instalment.

        A change of the cycle takes effect with a new term.
        """
        if self.instalment is None or self.instalment.is_last:
            return True
        bill = self.bill
        if bill is not None and bill.advance is not None:
            return bill.advance.begins_term
        return self.next_cycle != self.cycle

    @property
    def next_instalment_no(self) -> int:
        """Which instalment of its term the next bill is for; 1 also where it is for all of it."""
        last = self.instalment
        return 1 if last is None or self.begins_term else last.number + 1

    def instalment_after(self, cycle: Cycle, *, restart: bool = False) -> Instalment | None:
        """What a bill with this cycle is for; None where it is for a whole term.

        The next instalment of the running term, or the first of a new one.
        """
        last = self.instalment
        if last is not None and not last.is_last and cycle == self.cycle and not restart:
            return last.next_in_term
        return first_of_term(self.term_no + 1, cycle)

    @property
    def reminder(self) -> datetime:
        """NextBillingDateReminder."""
        return self.next_billing - timedelta(days=self.reminder_days)

    @property
    def active_items(self) -> tuple[Item, ...]:
        """The items that are billed."""
        return tuple(item for item in self.items if item.active)

    @property
    def billed_items(self) -> tuple[Item, ...]:
        """The items that the next bill is for."""
        return tuple(item for item in self.items if item.billed)

    @property
    def renewing_items(self) -> tuple[Item, ...]:
        """The billed items that are not over with the last bill (R16)."""
        begins = self.begins_term
        return tuple(item for item in self.billed_items if item.renews or not begins)

    @property
    def items_to_bill(self) -> tuple[Item, ...]:
        """What a bill that comes by itself is for: the active ones of these."""
        begins = self.begins_term
        return tuple(item for item in self.items if item.active and (item.renews or not begins))

    @property
    def bill(self) -> Purchase | None:
        """The open bill of the next billing date, None when it is not opened yet (R6)."""
        if not self.purchases:
            return None
        due = self.next_billing
        return next((p for p in self.purchases if p.due == due and p.advance is not None), None)

    @property
    def never_paid(self) -> bool:
        """Whether the sign-up is not paid; a trial is, with nothing (R16)."""
        return self.last_billing_interval_no == 0 and not any(item.paid for item in self.items)

    @property
    def payment_in_progress(self) -> bool:
        """Whether an attempt is sent, unknown or waiting for the customer (R7)."""
        return any(purchase.in_flight for purchase in self.purchases)

    @property
    def outcome_unknown(self) -> bool:
        """Whether an attempt is in flight and the customer is not asked to do anything."""
        return any(
            p.in_flight and p.undecided is not Result.ACTION_REQUIRED for p in self.purchases
        )

    def known_item(self, running_no: int) -> Item | None:
        """The item with this running number, None when there is none."""
        for item in self.items:
            if item.running_no == running_no:
                return item
        return None

    def item(self, running_no: int) -> Item:
        """The item with this running number; NotFound when there is none."""
        item = self.known_item(running_no)
        if item is None:
            raise NotFound(
                "item_unknown", f"Item not found: RunningNumber {running_no}", field="RunningNumber"
            )
        return item

    @property
    def next_interval_open(self) -> bool:
        """Whether a purchase is open whose capture brings the next interval (R1)."""
        return any(purchase.advance is not None for purchase in self.purchases)

    def purchase(self, purchase_id: int) -> Purchase | None:
        """The open purchase with this id, None when it is settled or not this subscription's."""
        return next((p for p in self.purchases if p.id == purchase_id), None)
