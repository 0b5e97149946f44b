"""What the outside must fulfil: protocols, and the values that pass through them.

A store and a gateway see only this file and the domain. Every statement of a store names the
merchant; every method is safe to call from any thread.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Protocol, runtime_checkable

import msgspec
from msgspec.structs import replace

from tollbridge.domain.access import Credential, Secret
from tollbridge.domain.catalog import Product
from tollbridge.domain.customer import Customer, PaymentMethod
from tollbridge.domain.decision import Decision
from tollbridge.domain.facts import Fact
from tollbridge.domain.merchant import Merchant
from tollbridge.domain.payment import (
    BookEntry,
    Card,
    CardToken,
    Charge,
    Outcome,
    Refund,
    StoredCard,
)
from tollbridge.domain.promotion import Promotion
from tollbridge.domain.records import AttemptRow, VersionRow
from tollbridge.domain.refund import StoredRefund
from tollbridge.domain.request import KeptAnswer, KeyedRequest, RequestKey, StoredRequest
from tollbridge.domain.stored import (
    MoneyRows,
    OpenMoney,
    StoredAttempt,
    StoredPurchase,
    StoredSubscription,
)
from tollbridge.domain.subscription import Subscription
from tollbridge.domain.tax import TaxTable


class WallClock(Protocol):
    """The system's clock (R23): leases, time limits, stamps of recording; aware UTC."""

    def __call__(self) -> datetime:
        """Now."""


class AlreadyAskedError(Exception):
    """The key of a request was used before: nothing was done now; see `Store.request`."""


class Command(msgspec.Struct, frozen=True, kw_only=True):
    """The envelope of everything that is saved.

    `id` is unique in the journal, so that a save whose answer was lost is looked up and not
    repeated. `actor` says who asked (`credential:cloudify`, `cli`, `demo`, `recovery`), `name`
    what for. `recorded_at` is wall time. `request` is saved with the effect.
    """

    id: str
    actor: str
    name: str
    recorded_at: datetime
    request: KeyedRequest | None = None


class Asked:
    """A keyed request while it is carried out: saved with the first thing that it changes.

    `answer` makes its answer from what is about to be saved, None where that depends on what
    comes after.
    """

    def __init__(
        self,
        request: KeyedRequest,
        answer: Callable[[Decision | datetime], KeptAnswer | None],
    ) -> None:
        self._request = request
        self._answer = answer
        self.saved = False

    def with_answer(self, saving: Decision | datetime) -> KeyedRequest | None:
        """What is to be saved with this; None when the request is saved already."""
        if self.saved:
            return None
        return replace(self._request, answer=self._answer(saving))


class Saved(Enum):
    """What became of one decision."""

    SAVED = "saved"
    CONFLICT = "conflict"  # somebody changed the subscription meanwhile, or a claim is taken (R4)


class Failed(msgspec.Struct, frozen=True):
    """What became of a decision that the database cannot hold: a fault of the program."""

    error: str


class UnsavableError(Exception):
    """The database cannot hold what was decided (`Failed`)."""


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription with everything that a decision or an answer needs, read in one go."""

    merchant: Merchant
    subscription: Subscription
    customer: Customer
    payment_method: PaymentMethod


class CustomerKey(msgspec.Struct, frozen=True, kw_only=True):
    """What a customer is looked up by: exactly one of these."""

    customer_id: int | None = None
    reference_id: str = ""
    email: str = ""


class PurchaseLink(msgspec.Struct, frozen=True, array_like=True):
    """Which purchase line billed which version of an item (SubscriptionPurchaseItems)."""

    item_running_no: int
    item_version: int
    purchase_id: int
    purchase_item_running_no: int
    interval_no: int
    billing_interval_no: int


class History(msgspec.Struct, frozen=True, kw_only=True):
    """What grew with the subscription: superseded versions and purchase links, oldest first."""

    versions: tuple[VersionRow, ...]
    links: tuple[PurchaseLink, ...]


class JournalEntry(msgspec.Struct, frozen=True, kw_only=True):
    """One row of the journal; `payload` decodes with `domain.events.decode_event`."""

    merchant_id: int
    subscription_id: int
    sequence: int
    type: str
    version: int
    payload: bytes
    at: datetime
    recorded_at: datetime
    actor: str
    command: str
    command_id: str


class Series(Enum):
    """The kinds of id that the store issues."""

    SUBSCRIPTION = "subscription"
    PURCHASE = "purchase"
    CUSTOMER = "customer"
    PAYMENT_METHOD = "payment_method"


SLOTS = 16  # the parts that a merchant's subscriptions are claimed in: so many workers at once
LEASE = timedelta(seconds=60)  # wall time (R23), unless the settings say otherwise


class Lease(msgspec.Struct, frozen=True, kw_only=True):
    """The right to bill one slot of a merchant until `until` (wall time).

    What a dead worker held is taken over when its lease has ended.
    """

    merchant_id: int
    slot: int
    holder: str
    until: datetime


class Parked(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription whose due work failed: set aside with its error, so that it blocks nobody.

    `at` is wall time, `due_at` the business time of what failed.
    """

    merchant_id: int
    subscription_id: int
    due_at: datetime
    error: str
    at: datetime


class StoreUnavailableError(Exception):
    """The database cannot be reached or did not answer in time; nothing is known to be saved."""


class Store(Protocol):
    """The database. Raises StoreUnavailableError when it cannot be reached."""

    # Merchants, credentials, catalog
    def merchant(self, merchant_id: int) -> Merchant | None:
        """The merchant, None when there is none."""

    def merchants(self) -> tuple[Merchant, ...]:
        """All merchants by id."""

    def put_merchant(self, merchant: Merchant) -> None:
        """Insert or replace a merchant's settings. Never touches an existing clock or mode."""

    def advance_clock(self, merchant_id: int, to: datetime, command: Command | None = None) -> bool:
        """Set a sandbox clock forward; False when it already stands at or after `to`.

        The request of `command` is saved with it; raises AlreadyAskedError as `save` does.
        """

    def credential(self, username: str) -> Credential | None:
        """The credential with this user name, revoked or not; None when there is none."""

    def credentials(self, merchant_id: int) -> tuple[Credential, ...]:
        """All credentials of the merchant, revoked ones too, by user name."""

    def put_credential(self, credential: Credential) -> bool:
        """Add a credential; False when the user name is taken, by a revoked one too."""

    def rotate_secret(
        self, merchant_id: int, username: str, secret: Secret, old_until: datetime
    ) -> bool:
        """Give a user a new secret; the one until now is valid until `old_until` at most.

        One that was older still is valid no more. False for an unknown or revoked user. Raises
        ValueError for a secret without `created_at`.
        """

    def revoke_older_secret(self, merchant_id: int, username: str, at: datetime) -> bool:
        """End the overlap of a rotation at once; False when there is none."""

    def revoke_credential(self, merchant_id: int, username: str, at: datetime) -> bool:
        """Refuse a user from now on; False for one that is unknown or revoked already."""

    def note_use(self, credential: Credential, at: datetime) -> None:
        """Note when a credential was used; writes at most once a minute."""

    def products(self, merchant_id: int, ids: Iterable[int]) -> Mapping[int, Product]:
        """The products with these ids, by id; unknown ids are left out."""

    def catalog(self, merchant_id: int) -> tuple[Product, ...]:
        """All products of the merchant by id."""

    def put_products(self, merchant_id: int, products: Iterable[Product]) -> None:
        """Insert or replace products."""

    def promotions(self, merchant_id: int) -> tuple[Promotion, ...]:
        """All promotions of the merchant by id."""

    def promotion_of_code(self, merchant_id: int, code: str) -> Promotion | None:
        """The promotion that the (folded) coupon code belongs to, None when there is none."""

    def put_promotions(self, merchant_id: int, promotions: Iterable[Promotion]) -> bool:
        """Insert or replace promotions; False, and nothing, when a code is another promotion's."""

    def free_uses(self, merchant_id: int, promotion_id: int, most: int) -> tuple[int, ...]:
        """Some use numbers from 1 to `most` that no coupon holds; none when all are held (R15)."""

    # Ids
    def issue_ids(self, merchant_id: int, series: Series, count: int = 1) -> range:
        """Ids never issued before to this merchant, in a row; gaps may remain after a restart."""

    # Subscriptions
    def held(self, merchant_id: int, subscription_id: int) -> Held | None:
        """The subscription with its merchant, customer and payment method; None if unknown."""

    def held_with_history(
        self, merchant_id: int, subscription_id: int
    ) -> tuple[Held, History] | None:
        """The same with superseded versions and purchase links, in one statement."""

    def held_of_purchase(self, merchant_id: int, *purchase_ids: int) -> tuple[Held, ...]:
        """Every subscription that the purchase, or any of several, has lines of, by id."""

    def held_of_customers(
        self, merchant_id: int, key: CustomerKey
    ) -> tuple[tuple[Held, History], ...] | None:
        """Every subscription of the customers that the key fits, by id; None if it fits nobody.

        The e-mail is that of any contact, in any case.
        """

    def held_of_purchase_with_history(
        self, merchant_id: int, purchase_id: int
    ) -> tuple[tuple[Held, History], ...]:
        """Every subscription that the purchase has lines of, by id."""

    def save(self, decisions: Sequence[Decision], command: Command) -> Sequence[Saved | Failed]:
        """Save each decision as a whole, all in one transaction (DESIGN.md 3).

        Locks the subscription rows in id order, compares revisions, drops the losers (CONFLICT)
        and writes the rest in bulk: documents, journal, records_of(changes), outbox facts,
        new and changed customers and payment methods. A claim that is taken is a CONFLICT too.
        What cannot be stored (a number that no column can hold) is `Failed`; nobody else fails
        for it. After a lost connection at COMMIT the command id is looked up in the journal.

        `command.request` is saved with all the decisions or with none: one that loses makes all
        of them lose. Raises AlreadyAskedError when its key was used before. Decisions that change
        nothing save no request (see `keep_answer`).
        """

    # Requests with an Idempotency-Key
    def request(self, key: RequestKey, now: datetime) -> StoredRequest | None:
        """What was asked under this key in the last 30 days of wall time."""

    def keep_answer(self, command: Command) -> StoredRequest:
        """Keep the request of a command that had no effect, with its answer.

        What is kept under its key: that of somebody who came before, if there is one.
        """

    def finish_request(self, request: StoredRequest, answer: KeptAnswer) -> KeptAnswer:
        """Keep the answer of a request that was saved without; the answer that is kept now."""

    def forget_requests(self, merchant_id: int, now: datetime) -> int:
        """Delete the requests that are older than 30 days of wall time; how many."""

    # Due work: what the worker claims (DESIGN.md 3, R23)
    def due(self, merchant_id: int, slot: int, until: datetime, limit: int) -> tuple[Held, ...]:
        """Subscriptions of the slot that are due at or before `until`, the longest due first.

        A subscription belongs to the slot `id % SLOTS`. Those that are parked are left out.
        """

    def count_due(self, merchant_id: int, until: datetime, most: int) -> int:
        """How many subscriptions are due at or before `until`; counts up to `most` only."""

    def earliest_due(self, merchant_id: int) -> datetime | None:
        """When the merchant's next subscription is due, parked ones left out; None if none is."""

    def lease_slot(self, lease: Lease, now: datetime) -> bool:
        """Hold a slot alone until the lease ends, or for longer where the holder is the same.

        False while somebody else's lease is running at `now` (wall time).
        """

    def release_slot(self, lease: Lease) -> None:
        """Give a slot back; nothing happens when somebody else has it by now."""

    def park(self, parked: Parked) -> None:
        """Set a subscription aside: it is not due until it is unparked, or its next change."""

    def parked(self, merchant_id: int) -> tuple[Parked, ...]:
        """What is set aside, the longest first."""

    def unpark(self, merchant_id: int, subscription_id: int) -> bool:
        """Let a subscription be due again; False when it was not parked."""

    # Journal, outbox, money
    def journal(self, merchant_id: int, subscription_id: int) -> tuple[JournalEntry, ...]:
        """The whole journal of one subscription, oldest first."""

    def journal_of_command(self, merchant_id: int, command_id: str) -> tuple[JournalEntry, ...]:
        """What a command did, by subscription, oldest first; nothing when it was not saved."""

    def facts(self, merchant_id: int, subscription_id: int) -> tuple[Fact, ...]:
        """The outbox facts of one subscription, oldest first."""

    def purchase(self, merchant_id: int, purchase_id: int) -> StoredPurchase | None:
        """A purchase, None when the merchant has none with this id."""

    def open_attempts(
        self, merchant_id: int, before: datetime | None = None
    ) -> tuple[AttemptRow, ...]:
        """Attempts that are open or of unknown outcome, oldest first (recovery asks about them).

        With `before` only those that were recorded before this wall time: younger ones may still
        be on their way to the gateway.
        """

    def open_money(self, merchant_id: int, before: datetime) -> tuple[OpenMoney, ...]:
        """What is tried and not settled, by currency; at risk is what was recorded `before`."""

    def attempts(self, merchant_id: int, keys: Sequence[str]) -> tuple[StoredAttempt, ...]:
        """The payment attempts with these keys; unknown keys are left out."""

    def open_refunds(
        self, merchant_id: int, before: datetime | None = None
    ) -> tuple[StoredRefund, ...]:
        """Refunds that are not settled, oldest first, with `before` as of `open_attempts`."""

    def refunds(self, merchant_id: int, keys: Sequence[str]) -> tuple[StoredRefund, ...]:
        """The refunds with these keys; unknown keys are left out."""

    def has_attempts(self, merchant_id: int) -> bool:
        """Whether the merchant ever tried to take money."""

    def payment_method(self, merchant_id: int, payment_method_id: int) -> PaymentMethod | None:
        """A stored payment method, None when the merchant has none with this id."""

    # For `doctor`
    def subscription_ids(self, merchant_id: int) -> Iterator[int]:
        """Every subscription that any row of the merchant tells of, by id, read page by page.

        A subscription whose own row is missing is among them.
        """

    def purchases_without_lines(self, merchant_id: int) -> Iterator[int]:
        """Purchases that have a row or an attempt and no line at all, read page by page."""

    def stored_subscription(
        self, merchant_id: int, subscription_id: int
    ) -> StoredSubscription | None:
        """The subscription's row with those it refers to; None when there is none."""

    def money_rows(self, merchant_id: int, subscription_id: int) -> MoneyRows:
        """All money rows of the purchases that the subscription has lines in.

        Purchases and attempts are whole rows even where other subscriptions share them.
        """

    def close(self) -> None:
        """Release every connection."""


class GatewayUnavailableError(Exception):
    """The gateway cannot be reached or did not answer in time; no money was asked for."""


class Gateway(Protocol):
    """A payment gateway. Takes many charges at once and hides its concurrency."""

    def store_card(self, merchant_id: int, card: Card | CardToken) -> StoredCard:
        """Keep a card and give a token for it; Invalid or NotAllowed when it cannot be.

        The simulator takes what is typed, a real gateway only what its own page took.

        Raises GatewayUnavailableError when the gateway cannot be reached.
        """

    def charge(self, charges: Sequence[Charge]) -> Sequence[Outcome]:
        """Take the money, one outcome for each charge in order.

        The same key again gives the first outcome and never takes money twice. A failure to
        reach the gateway or to get its answer in time is the outcome UNKNOWN, never an exception.
        """

    def refund(self, refunds: Sequence[Refund]) -> Sequence[Outcome]:
        """Give money back, one outcome for each refund in order; CAPTURED stands for done.

        As with `charge`, the same key never moves money twice and a failure to reach the gateway
        is UNKNOWN. A refund of more than is left of the charge is DECLINED.
        """

    def look_up(self, merchant_id: int, keys: Sequence[str]) -> Sequence[Outcome | None]:
        """What the gateway knows of charges and refunds by their keys; None if never received."""

    def update_card(self, merchant_id: int, method: PaymentMethod) -> StoredCard | None:
        """What is known now of a stored card; None when there is nothing newer to be had."""

    def book(self, merchant_id: int) -> Iterator[BookEntry]:
        """Every attempt that the gateway has seen of this merchant, oldest first.

        Raises GatewayUnavailableError when the gateway cannot be reached.
        """

    def close(self) -> None:
        """Release what it holds."""


@runtime_checkable
class Rehearsing(Gateway, Protocol):
    """A gateway that moves no money: what its customers would do is done by a call."""

    def authenticate(self, merchant_id: int, key: str, *, approve: bool) -> bool:
        """The customer confirms a charge that waits, or refuses to; False when none waits."""


@dataclass(frozen=True, slots=True)
class Platform:
    """Everything outside that commands, queries and flows work with; wired in `bootstrap`.

    `new_key` gives a random text that is never given twice (command ids, attempt keys). `asked`
    is the keyed request that is being carried out, of a platform that is made for it. `lease` is
    how long due work is held before it is taken over from who is silent. `write_max` is how long
    one save of the billing run may keep others from writing; None where they need not wait.
    """

    store: Store
    gateway: Gateway
    wall: WallClock
    tax: TaxTable
    new_key: Callable[[], str]
    asked: Asked | None = None
    lease: timedelta = LEASE
    write_max: timedelta | None = None
