"""The store of both engines: `ports.Store` in named statements."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime

from tollbridge.domain.catalog import Product
from tollbridge.domain.customer import PaymentMethod
from tollbridge.domain.decision import Decision
from tollbridge.domain.facts import Fact
from tollbridge.domain.merchant import Merchant
from tollbridge.domain.records import AttemptRow
from tollbridge.ports import (
    Command,
    Credential,
    Held,
    History,
    JournalEntry,
    MoneyRows,
    Saved,
    Series,
    StoredAttempt,
    StoredPurchase,
)
from tollbridge.store import rows, saving, values
from tollbridge.store.engine import Engine, Reader, Row
from tollbridge.store.id_blocks import IdBlocks

IDS_PER_PAGE = 1000


class SqlStore:
    """`ports.Store` on any engine."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
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

    def advance_clock(self, merchant_id: int, to: datetime) -> bool:
        """Set a sandbox clock forward; False when there is nothing to set forward (R23)."""
        instant = rows.to_microseconds(to)
        with self._engine.writing() as writer:
            wanted = {"merchant_id": merchant_id, "to_instant": instant}
            return writer.change("advance_clock", wanted) == 1

    def credential(self, username: str) -> Credential | None:
        """The credential with this user name, None when there is none."""
        row = self._engine.row("credential", {"username": username})
        if row is None:
            return None
        merchant_id, name, salt, secret_hash = row
        return Credential(
            merchant_id=merchant_id, username=name, salt=salt, secret_hash=secret_hash
        )

    def put_credential(self, credential: Credential) -> bool:
        """Add a credential; False when the user name is taken."""
        with self._engine.writing() as writer:
            return writer.change("put_credential", rows.credential_row(credential)) == 1

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
        if row is None:
            return None
        return (
            values.held(self._merchants, merchant_id, row[:-2]),
            values.history(merchant_id, subscription_id, row[-2], row[-1]),
        )

    def held_of_purchase(self, merchant_id: int, purchase_id: int) -> tuple[Held, ...]:
        """Every subscription that the purchase has lines of, by id."""
        wanted = {"merchant_id": merchant_id, "purchase_id": purchase_id}
        found = self._engine.rows("held_of_purchase", wanted)
        return tuple(values.held(self._merchants, merchant_id, row) for row in found)

    def save(self, decisions: Sequence[Decision], command: Command) -> Sequence[Saved]:
        """Save each decision as a whole, all in one transaction (DESIGN.md 3)."""
        return saving.save(self._engine, decisions, command)

    # Journal, outbox, money
    def journal(self, merchant_id: int, subscription_id: int) -> tuple[JournalEntry, ...]:
        """The whole journal of one subscription, oldest first."""
        found = self._of_subscription(self._engine, "journal", merchant_id, subscription_id)
        return tuple(values.journal_entry(merchant_id, subscription_id, row) for row in found)

    def facts(self, merchant_id: int, subscription_id: int) -> tuple[Fact, ...]:
        """The outbox facts of one subscription, oldest first."""
        found = self._of_subscription(self._engine, "facts", merchant_id, subscription_id)
        return tuple(values.fact(merchant_id, subscription_id, row) for row in found)

    def purchase(self, merchant_id: int, purchase_id: int) -> StoredPurchase | None:
        """A purchase, None when the merchant has none with this id."""
        row = self._engine.row("purchase", {"merchant_id": merchant_id, "id": purchase_id})
        return None if row is None else values.stored_purchase(merchant_id, row)

    def open_attempts(self, merchant_id: int) -> tuple[AttemptRow, ...]:
        """Attempts that are not settled (R7), oldest first."""
        found = self._engine.rows("open_attempts", {"merchant_id": merchant_id})
        return tuple(values.attempt(merchant_id, row) for row in found)

    def attempts(self, merchant_id: int, keys: Sequence[str]) -> tuple[StoredAttempt, ...]:
        """The payment attempts with these keys; unknown keys are left out."""
        found = self._engine.rows(
            "attempts", {"merchant_id": merchant_id, "keys": self._engine.array(keys)}
        )
        return tuple(values.stored_attempt(merchant_id, row) for row in found)

    def subscription_ids(self, merchant_id: int) -> Iterator[int]:
        """Every subscription of the merchant by id, read page by page."""
        above = 0
        while page := self._engine.rows(
            "subscription_ids", {"merchant_id": merchant_id, "above": above, "page": IDS_PER_PAGE}
        ):
            for (above,) in page:
                yield above

    def payment_method(self, merchant_id: int, payment_method_id: int) -> PaymentMethod | None:
        """A stored payment method, None when the merchant has none with this id."""
        wanted = {"merchant_id": merchant_id, "id": payment_method_id}
        row = self._engine.row("payment_method", wanted)
        return None if row is None else values.payment_method(row[0])

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
        )

    def close(self) -> None:
        """Release every connection."""
        self._engine.close()

    @staticmethod
    def _of_subscription(
        reader: Reader, name: str, merchant_id: int, subscription_id: int
    ) -> list[Row]:
        wanted = {"merchant_id": merchant_id, "subscription_id": subscription_id}
        return reader.rows(name, wanted)
