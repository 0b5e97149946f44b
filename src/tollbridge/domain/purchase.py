"""Purchases and their lines: what is charged, for which interval, and why this amount (R4, R10)."""

from collections.abc import Collection
from datetime import datetime
from decimal import Decimal
from enum import Enum

import msgspec
from msgspec.structs import replace

from tollbridge.domain.money import Split, TaxKind, total
from tollbridge.domain.payment import Result
from tollbridge.domain.schedule import NO_INTERVAL, Anchor, Instalment, Interval, date_of


class Purpose(Enum):
    """What a purchase is for; part of the claim that it can be charged once (R4)."""

    SIGNUP = "signup"
    RENEWAL = "renewal"
    ALIGNMENT = "alignment"


class PurchaseStatus(Enum):
    """The status of a purchase, in the wire's three letters (platform.md a.5)."""

    NEW = "NEW"
    PAID = "PAY"
    DECLINED = "DEC"
    CANCELED = "CAN"
    REFUNDED = "REF"
    CHARGED_BACK = "CHB"


class Asker(Enum):
    """Who asked for an attempt to charge; each has a limit of its own (R20)."""

    PLATFORM = "platform"  # with the order, the change or the bill
    SCHEDULE = "schedule"  # the retry schedule
    CUSTOMER = "customer"  # by link, or by API in the customer's name


class Share(msgspec.Struct, frozen=True, kw_only=True):
    """One side of a line's arithmetic: price x quantity = whole, whole x factor = amount.

    All figures are exact and written as text (`"41.67"`, `"364/365"`), so that a reader can
    follow the charge with a pencil. `conversion` says how a credit came from the tax kind of the
    old price into that of the new one (`"net to gross: x 1.19"`): after the factor, before the
    amount. `limited_by` names what was captured when that, and not the price, set a credit (R11).
    """

    price: str
    quantity: int
    whole: str
    factor: str
    amount: str
    conversion: str = ""
    limited_by: str = ""


class Reduction(msgspec.Struct, frozen=True, kw_only=True):
    """What a coupon took off a line (R15): by which rule, how much, and from what.

    `rule` (`"10 %"`, `"5 gross"`) and the exact `amount` are text as in `Share`; a fixed amount
    is this line's share of it. `full` is what the line would have come to without.
    """

    code: str
    promotion_id: int
    promotion_name: str
    rule: str
    amount: str
    full: Split


class InstalmentShare(msgspec.Struct, frozen=True, kw_only=True):
    """Which instalment of a term a line is: number `number`, from 1, `of` so many (R16).

    `before` is what the instalments before it come to, rounded.
    """

    number: int
    of: int
    before: str


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """How a line's amount came about (R10, R11, R15).

    `amount = charge - discount - credit`, then rounded once. Of an instalment `exact` is what is
    due with all up to it, and the amount is that, rounded once, less what is due `before` it: so
    they add up to the price of the term.
    """

    charge: Share
    instalment: InstalmentShare | None = None
    discount: Reduction | None = None
    credit: Share | None = None
    days_left: int | None = None
    days_nominal: int | None = None
    exact: str
    rounding: str


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a purchase: the unit of rounding (R10).

    `amount` is what is charged. `worth` is what the line is worth for its interval: the amount
    plus the credit that was carried into it (Extend). `covers_days` are the nominal days it pays
    for; from both follows the credit that may later be given (R11).
    """

    running_no: int
    item_running_no: int
    item_version: int
    product_id: int
    product_name: str
    quantity: int
    tax: TaxKind
    rate: Decimal
    rate_source: str
    amount: Split
    worth: Split
    covers_days: int
    explanation: Explanation


class Advance(msgspec.Struct, frozen=True, kw_only=True):
    """What capture of a purchase moves: the interval it pays for and the calendar from then (R1).

    `interval_no` is the last interval that is paid for whole from then on, `billing_interval_no`
    counts billings, and `instalment` is the one that is paid where an interval is paid in
    several (R16). `started_at` is when what is paid for begins; `anchor`, `interval` and
    `billing_interval` hold from the capture on.
    """

    interval_no: int
    billing_interval_no: int
    started_at: datetime
    anchor: Anchor
    interval: Interval
    billing_interval: Interval = NO_INTERVAL
    instalment: Instalment | None = None

    @property
    def step(self) -> Interval:
        """The length from one billing date to the next."""
        return self.interval if self.instalment is None else self.billing_interval

    @property
    def next_billing(self) -> datetime:
        """The billing date after what is paid for."""
        return date_of(self.anchor, self.step, self.billing_interval_no + 1)

    @property
    def term_no(self) -> int:
        """The number of the interval that is paid for, be it in part."""
        return self.instalment.term_no if self.instalment else self.interval_no

    @property
    def begins_term(self) -> bool:
        """Whether it is the first payment for its interval."""
        return self.instalment is None or self.instalment.number == 1

    @property
    def ends_term(self) -> bool:
        """Whether its interval is paid for whole with it."""
        return self.instalment is None or self.instalment.is_last


class Purchase(msgspec.Struct, frozen=True, kw_only=True):
    """One subscription's part of a purchase, as the subscription knows it while it is open.

    `interval_no` is the interval that is billed, be it in part, and `billing_interval_no` the
    billing. `cause` is the journal sequence of the change for an alignment and 0 otherwise (R4).
    `opened_at` is when it was opened. `tries` counts the payment attempts begun, `asked_tries`
    those of the customer; `tried_at` is when the last one was and `asker` whose; `in_flight` is
    set while one is sent, unknown or waiting for the customer (R7), and `undecided` says which of
    the last two. `declined_at` is the first decline, from which the retry schedule counts; a
    `hard` one ends it (R20).

    `due` is the billing date of a bill that came by itself; it is opened up to the reminder days
    before, and counts as a bill (with postings) from `billed_at` on (R6). `net_days` are those of
    a purchase order, of whose `notices` so many were sent (platform.md g).
    """

    id: int
    purpose: Purpose
    status: PurchaseStatus = PurchaseStatus.NEW
    interval_no: int
    billing_interval_no: int = 0
    cause: int = 0
    currency: str
    lines: tuple[Line, ...]
    advance: Advance | None = None
    opened_at: datetime | None = None
    tries: int = 0
    in_flight: bool = False
    undecided: Result | None = None
    asked_tries: int = 0
    tried_at: datetime | None = None
    asker: Asker = Asker.PLATFORM
    declined_at: datetime | None = None
    hard: bool = False
    due: datetime | None = None
    billed_at: datetime | None = None
    net_days: int = 0
    notices: int = 0

    @property
    def posted(self) -> bool:
        """Whether it stands in the books: a bill does from its billing date on (R6)."""
        return self.due is None or self.billed_at is not None

    @property
    def items(self) -> set[int]:
        """The running numbers of the items it has lines for."""
        return {line.item_running_no for line in self.lines}

    @property
    def amounts(self) -> dict[int, Split]:
        """What it charges for each item, by running number."""
        return {line.item_running_no: line.amount for line in self.lines}

    @property
    def total(self) -> Split:
        """The sum of the lines (R10)."""
        return total(line.amount for line in self.lines)

    def without(self, items: Collection[int]) -> "Purchase | None":
        """What is left when the lines of these items are cancelled; of all when none is named."""
        left = tuple(line for line in self.lines if items and line.item_running_no not in items)
        return replace(self, lines=left) if left else None
