"""The database. A store sees only ports and the domain."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from tollbridge.domain.access import Credential, Secret
from tollbridge.domain.catalog import Product
from tollbridge.domain.customer import PaymentMethod
from tollbridge.domain.decision import Decision
from tollbridge.domain.facts import Fact
from tollbridge.domain.merchant import Merchant
from tollbridge.domain.promotion import Promotion
from tollbridge.domain.records import AttemptRow
from tollbridge.domain.refund import StoredRefund
from tollbridge.domain.request import KeptAnswer, RequestKey, StoredRequest
from tollbridge.domain.stored import (
    MoneyRows,
    OpenMoney,
    StoredAttempt,
    StoredPurchase,
    StoredSubscription,
)
from tollbridge.ports.mails import MailStore
from tollbridge.ports.notices import NoticeStore
from tollbridge.ports.reading import CustomerKey, Held, History, JournalEntry, Series
from tollbridge.ports.saving import Command, Failed, Saved
from tollbridge.ports.work import Lease, Parked


class StoreUnavailableError(Exception):
    """The database cannot be reached or did not answer in time; nothing is known to be saved."""


class Store(NoticeStore, MailStore, Protocol):
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
