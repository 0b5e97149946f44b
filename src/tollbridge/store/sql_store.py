"""The store of both engines: `ports.Store` in named statements."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

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
from tollbridge.ports import (
    Command,
    CustomerKey,
    Failed,
    Held,
    History,
    JournalEntry,
    Lease,
    Parked,
    Saved,
    Series,
)
from tollbridge.store import requests, rows, saving, values
from tollbridge.store.access import Access
from tollbridge.store.deliveries import Deliveries
from tollbridge.store.endpoints import Endpoints
from tollbridge.store.engine import Engine, Parameters, Reader, Row
from tollbridge.store.id_blocks import IdBlocks
from tollbridge.store.mails import Mails
from tollbridge.store.notice_log import NoticeLog
from tollbridge.store.promotions import Promotions
from tollbridge.store.telling import Telling

IDS_PER_PAGE = 1000
LOWEST = -(2**63)  # below every id but one, and that is none of ours
LATEST = 2**63 - 1  # after every instant


class SqlStore(Endpoints, Telling, Deliveries, NoticeLog, Mails):
    """`ports.Store` on any engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._access = Access(engine)
        self._promotions = Promotions(engine)
        self._ids = IdBlocks(engine)
        self._merchants = values.Merchants()

    # Merchants, credentials, catalog
    def merchant(self, merchant_id: int) -> Merchant | None:
        """The merchant, None when there is none."""
        row = self._engine.row("merchant", {"merchant_id": merchant_id})
        return None if row is None else self._merchants.from_columns(*row)

    def merchants(self) -> tuple[Merchant, ...]:
        """All merchants by id."""
        return tuple(self._merchants.from_columns(*r) for r in self._engine.rows("merchants", {}))

    def put_merchant(self, merchant: Merchant) -> None:
        """Insert or replace a merchant's settings, never an existing clock or mode (R23)."""
        with self._engine.writing() as writer:
            writer.change("put_merchant", rows.merchant_row(merchant))

    def advance_clock(self, merchant_id: int, to: datetime, command: Command | None = None) -> bool:
        """Set a sandbox clock forward; False when there is nothing to set forward (R23)."""
        return saving.advance_clock(self._engine, merchant_id, to, command)

    def credential(self, username: str) -> Credential | None:
        """The credential with this user name, revoked or not; None when there is none."""
        return self._access.credential(username)

    def credentials(self, merchant_id: int) -> tuple[Credential, ...]:
        """All credentials of the merchant, revoked ones too, by user name."""
        return self._access.credentials(merchant_id)

    def put_credential(self, credential: Credential) -> bool:
        """Add a credential; False when the user name is taken, by a revoked one too."""
        return self._access.put(credential)

    def rotate_secret(
        self, merchant_id: int, username: str, secret: Secret, old_until: datetime
    ) -> bool:
        """Give a user a new secret; the one until now is valid until `old_until` at most."""
        return self._access.rotate(merchant_id, username, secret, old_until)

    def revoke_older_secret(self, merchant_id: int, username: str, at: datetime) -> bool:
        """End the overlap of a rotation at once; False when there is none."""
        return self._access.revoke_older(merchant_id, username, at)

    def revoke_credential(self, merchant_id: int, username: str, at: datetime) -> bool:
        """Refuse a user from now on; False for one that is unknown or revoked already."""
        return self._access.revoke(merchant_id, username, at)

    def note_use(self, credential: Credential, at: datetime) -> None:
        """Note when a credential was used; writes at most once a minute."""
        self._access.note_use(credential, at)

    def products(self, merchant_id: int, ids: Iterable[int]) -> Mapping[int, Product]:
        """The products with these ids, by id; unknown ids are left out."""
        return {
            number: values.product(document)
            for number, document in self._engine.rows(
                "some_products", {"merchant_id": merchant_id, "ids": self._engine.array(ids)}
            )
        }

    def catalog(self, merchant_id: int) -> tuple[Product, ...]:
        """All products of the merchant by id."""
        found = self._engine.rows("catalog", {"merchant_id": merchant_id})
        return tuple(values.product(document) for (document,) in found)

    def put_products(self, merchant_id: int, products: Iterable[Product]) -> None:
        """Insert or replace products."""
        in_order = sorted(products, key=lambda product: product.id)  # two at once: no deadlock
        wanted = [rows.product_row(merchant_id, product) for product in in_order]
        with self._engine.writing() as writer:
            writer.write([("put_products", wanted)])

    def promotions(self, merchant_id: int) -> tuple[Promotion, ...]:
        """All promotions of the merchant by id."""
        return self._promotions.all(merchant_id)

    def promotion_of_code(self, merchant_id: int, code: str) -> Promotion | None:
        """The promotion that the folded coupon code belongs to."""
        return self._promotions.of_code(merchant_id, code)

    def put_promotions(self, merchant_id: int, promotions: Iterable[Promotion]) -> bool:
        """Insert or replace promotions; False when a code is another promotion's."""
        return self._promotions.put(merchant_id, promotions)

    def free_uses(self, merchant_id: int, promotion_id: int, most: int) -> tuple[int, ...]:
        """Some use numbers that no coupon holds (R15)."""
        return self._promotions.free_uses(merchant_id, promotion_id, most)

    # Ids
    def issue_ids(self, merchant_id: int, series: Series, count: int = 1) -> range:
        """Ids never issued before to this merchant, in a row."""
        return self._ids.issue(merchant_id, series, count)

    # Subscriptions
    def held(self, merchant_id: int, subscription_id: int) -> Held | None:
        """The subscription with its merchant, customer and payment method."""
        row = self._engine.row("held", {"merchant_id": merchant_id, "id": subscription_id})
        return None if row is None else values.held(self._merchants, merchant_id, row)

    def held_with_history(
        self, merchant_id: int, subscription_id: int
    ) -> tuple[Held, History] | None:
        """The same with superseded versions and purchase links, in one statement."""
        wanted = {"merchant_id": merchant_id, "id": subscription_id}
        row = self._engine.row("held_with_history", wanted)
        return None if row is None else values.held_with_history(self._merchants, merchant_id, row)

    def held_of_purchase(self, merchant_id: int, *purchase_ids: int) -> tuple[Held, ...]:
        """Every subscription that the purchase, or any of several, has lines of, by id."""
        wanted = {"merchant_id": merchant_id, "purchase_ids": self._engine.array(purchase_ids)}
        found = self._engine.rows("held_of_purchase", wanted)
        return tuple(values.held(self._merchants, merchant_id, row) for row in found)

    def held_of_customers(
        self, merchant_id: int, key: CustomerKey
    ) -> tuple[tuple[Held, History], ...] | None:
        """Every subscription of the customers that the key fits, by id; None if it fits nobody."""
        found = self._engine.rows(*rows.customer_sought(merchant_id, key))
        if not found:
            return None
        return self._many_with_history(
            merchant_id, [number for (number,) in found if number is not None]
        )

    def held_of_purchase_with_history(
        self, merchant_id: int, purchase_id: int
    ) -> tuple[tuple[Held, History], ...]:
        """Every subscription that the purchase has lines of, by id."""
        wanted = {"merchant_id": merchant_id, "purchase_id": purchase_id}
        found = self._engine.rows("of_purchase", wanted)
        return self._many_with_history(merchant_id, [number for (number,) in found])

    def _many_with_history(
        self, merchant_id: int, ids: Sequence[int]
    ) -> tuple[tuple[Held, History], ...]:
        """These subscriptions by id, in one statement however many they are."""
        if not ids:
            return ()
        wanted = {"merchant_id": merchant_id, "ids": self._engine.array(ids)}
        return tuple(
            values.held_with_history(self._merchants, merchant_id, row)
            for row in self._engine.rows("many_with_history", wanted)
        )

    def save(self, decisions: Sequence[Decision], command: Command) -> Sequence[Saved | Failed]:
        """Save each decision as a whole, all in one transaction (DESIGN.md 3)."""
        return saving.save(self._engine, decisions, command)

    # Requests with an Idempotency-Key
    def request(self, key: RequestKey, now: datetime) -> StoredRequest | None:
        """What was asked under this key in the last 30 days of wall time."""
        return requests.found(self._engine, key, now)

    def keep_answer(self, command: Command) -> StoredRequest:
        """Keep the request of a command that had no effect, with its answer."""
        return requests.keep(self._engine, command)

    def finish_request(self, request: StoredRequest, answer: KeptAnswer) -> KeptAnswer:
        """Keep the answer of a request that was saved without; the answer that is kept now."""
        return requests.finish(self._engine, request, answer)

    def forget_requests(self, merchant_id: int, now: datetime) -> int:
        """Delete the requests that are older than 30 days of wall time; how many."""
        return requests.forget(self._engine, merchant_id, now)

    # Due work
    def due(self, merchant_id: int, slot: int, until: datetime, limit: int) -> tuple[Held, ...]:
        """Subscriptions of the slot that are due, the longest first, parked ones left out."""
        wanted = {
            "merchant_id": merchant_id,
            "slot": slot,
            "until": rows.to_microseconds(until),
            "most": limit,
        }
        found = self._engine.rows("due", wanted)
        return tuple(values.held(self._merchants, merchant_id, row) for row in found)

    def count_due(self, merchant_id: int, until: datetime, most: int) -> int:
        """How many subscriptions are due; counts up to `most` only."""
        wanted = {
            "merchant_id": merchant_id,
            "until": rows.to_microseconds(until),
            "most": most,
        }
        row = self._engine.row("count_due", wanted)
        return 0 if row is None else int(row[0])

    def earliest_due(self, merchant_id: int) -> datetime | None:
        """When the merchant's next subscription is due, parked ones left out."""
        row = self._engine.row("earliest_due", {"merchant_id": merchant_id})
        return None if row is None else values.instant_or_none(row[0])

    def lease_slot(self, lease: Lease, now: datetime) -> bool:
        """Hold a slot alone; False while somebody else's lease is running."""
        return self._change("lease_slot", rows.lease_row(lease, now)) > 0

    def release_slot(self, lease: Lease) -> None:
        """Give a slot back, unless somebody else has it by now."""
        wanted = {
            "merchant_id": lease.merchant_id,
            "slot": lease.slot,
            "holder": lease.holder,
        }
        self._change("release_slot", wanted)

    def park(self, parked: Parked) -> None:
        """Set a subscription aside."""
        self._change("park", rows.parked_row(parked))

    def parked(self, merchant_id: int) -> tuple[Parked, ...]:
        """What is set aside, the longest first."""
        found = self._engine.rows("parked", {"merchant_id": merchant_id})
        return tuple(values.parked(merchant_id, row) for row in found)

    def unpark(self, merchant_id: int, subscription_id: int) -> bool:
        """Let a subscription be due again; False when it was not parked."""
        return self._change("unpark", {"merchant_id": merchant_id, "id": subscription_id}) > 0

    # Journal, outbox, money
    def journal(self, merchant_id: int, subscription_id: int) -> tuple[JournalEntry, ...]:
        """The whole journal of one subscription, oldest first."""
        found = self._of_subscription(self._engine, "journal", merchant_id, subscription_id)
        return tuple(values.journal_entry(merchant_id, subscription_id, row) for row in found)

    def journal_of_command(self, merchant_id: int, command_id: str) -> tuple[JournalEntry, ...]:
        """What a command did, by subscription, oldest first; nothing when it was not saved."""
        wanted = {"merchant_id": merchant_id, "command_id": command_id}
        found = self._engine.rows("journal_of_command", wanted)
        return tuple(values.journal_entry(merchant_id, row[0], row[1:]) for row in found)

    def facts(self, merchant_id: int, subscription_id: int) -> tuple[Fact, ...]:
        """The outbox facts of one subscription, oldest first."""
        found = self._of_subscription(self._engine, "facts", merchant_id, subscription_id)
        return tuple(values.fact(merchant_id, subscription_id, row) for row in found)

    def purchase(self, merchant_id: int, purchase_id: int) -> StoredPurchase | None:
        """A purchase, None when the merchant has none with this id."""
        row = self._engine.row("purchase", {"merchant_id": merchant_id, "id": purchase_id})
        return None if row is None else values.stored_purchase(merchant_id, row)

    def open_attempts(
        self, merchant_id: int, before: datetime | None = None
    ) -> tuple[AttemptRow, ...]:
        """Attempts that are not settled (R7), oldest first; only those recorded `before`."""
        limit = LATEST if before is None else rows.to_microseconds(before)
        wanted = {"merchant_id": merchant_id, "before": limit}
        found = self._engine.rows("open_attempts", wanted)
        return tuple(values.attempt(merchant_id, row) for row in found)

    def open_money(self, merchant_id: int, before: datetime) -> tuple[OpenMoney, ...]:
        """What is tried and not settled, by currency; at risk is what was recorded `before`."""
        wanted = {"merchant_id": merchant_id, "before": rows.to_microseconds(before)}
        return tuple(values.open_money(row) for row in self._engine.rows("open_money", wanted))

    def attempts(self, merchant_id: int, keys: Sequence[str]) -> tuple[StoredAttempt, ...]:
        """The payment attempts with these keys; unknown keys are left out."""
        found = self._engine.rows(
            "attempts", {"merchant_id": merchant_id, "keys": self._engine.array(keys)}
        )
        return tuple(values.stored_attempt(merchant_id, row) for row in found)

    def open_refunds(
        self, merchant_id: int, before: datetime | None = None
    ) -> tuple[StoredRefund, ...]:
        """Refunds that are not settled, oldest first; only those recorded `before`."""
        limit = LATEST if before is None else rows.to_microseconds(before)
        wanted = {"merchant_id": merchant_id, "before": limit}
        found = self._engine.rows("open_refunds", wanted)
        return tuple(values.stored_refund(merchant_id, row) for row in found)

    def refunds(self, merchant_id: int, keys: Sequence[str]) -> tuple[StoredRefund, ...]:
        """The refunds with these keys; unknown keys are left out."""
        found = self._engine.rows(
            "refunds", {"merchant_id": merchant_id, "keys": self._engine.array(keys)}
        )
        return tuple(values.stored_refund(merchant_id, row) for row in found)

    def has_attempts(self, merchant_id: int) -> bool:
        """Whether the merchant ever tried to take money."""
        return self._engine.row("any_attempt", {"merchant_id": merchant_id}) is not None

    def payment_method(self, merchant_id: int, payment_method_id: int) -> PaymentMethod | None:
        """A stored payment method, None when the merchant has none with this id."""
        wanted = {"merchant_id": merchant_id, "id": payment_method_id}
        row = self._engine.row("payment_method", wanted)
        return None if row is None else values.payment_method(row[0])

    # For `doctor`
    def subscription_ids(self, merchant_id: int) -> Iterator[int]:
        """Every subscription that any row of the merchant tells of, by id."""
        return self._pages("subscription_ids", merchant_id)

    def purchases_without_lines(self, merchant_id: int) -> Iterator[int]:
        """Purchases that have a row or an attempt and no line at all."""
        return self._pages("purchases_without_lines", merchant_id)

    def _pages(self, name: str, merchant_id: int) -> Iterator[int]:
        above = LOWEST
        while page := self._engine.rows(
            name, {"merchant_id": merchant_id, "above": above, "page": IDS_PER_PAGE}
        ):
            for (above,) in page:
                yield above

    def stored_subscription(
        self, merchant_id: int, subscription_id: int
    ) -> StoredSubscription | None:
        """The subscription's row with those it refers to, as they stand at one moment."""
        with self._engine.reading() as reader:
            row = self._of_subscription(reader, "stored_subscription", merchant_id, subscription_id)
            if not row:
                return None
            subscription = values.subscription(row[0][-1])
            customer = {"merchant_id": merchant_id, "customer_id": subscription.customer_id}
            way = {"merchant_id": merchant_id, "id": subscription.payment_method_id}
            return values.stored_subscription(
                row[0],
                subscription,
                reader.row("stored_customer", customer),
                reader.rows("contacts", customer),
                reader.row("payment_method", way),
            )

    def money_rows(self, merchant_id: int, subscription_id: int) -> MoneyRows:
        """The money rows around a subscription, as they stand at one moment.

        Purchases with all their lines and attempts; of claims, postings and versions only the
        subscription's own.
        """
        own = (merchant_id, subscription_id)
        with self._engine.reading() as reader:
            found = {
                name: self._of_subscription(reader, name, *own)
                for name in (
                    "purchases_of",
                    "purchase_items_of",
                    "attempts_of",
                    "claims_of",
                    "postings_of",
                    "versions",
                    "coupon_uses_of",
                    "refunds_of",
                    "refund_items_of",
                )
            }
        return MoneyRows(
            purchases=tuple(
                values.stored_purchase(merchant_id, row) for row in found["purchases_of"]
            ),
            purchase_items=tuple(
                values.purchase_item(merchant_id, row) for row in found["purchase_items_of"]
            ),
            attempts=tuple(values.stored_attempt(merchant_id, row) for row in found["attempts_of"]),
            claims=tuple(values.claim(*own, row) for row in found["claims_of"]),
            postings=tuple(values.posting(*own, row) for row in found["postings_of"]),
            versions=tuple(values.version(*own, row) for row in found["versions"]),
            coupon_uses=tuple(values.coupon_use(*own, row) for row in found["coupon_uses_of"]),
            refunds=tuple(values.stored_refund(merchant_id, row) for row in found["refunds_of"]),
            refund_items=tuple(
                values.refund_item(merchant_id, row) for row in found["refund_items_of"]
            ),
        )

    def close(self) -> None:
        """Release every connection."""
        self._engine.close()

    def _change(self, name: str, parameters: Parameters) -> int:
        with self._engine.writing() as writer:
            return writer.change(name, parameters)

    @staticmethod
    def _of_subscription(
        reader: Reader, name: str, merchant_id: int, subscription_id: int
    ) -> list[Row]:
        wanted = {"merchant_id": merchant_id, "subscription_id": subscription_id}
        return reader.rows(name, wanted)
