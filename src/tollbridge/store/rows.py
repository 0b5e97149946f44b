"""Domain values as what is stored: parameters of a statement by name, or rows to be written.

A row is a tuple in the order of the signature of the statement that writes it
(`-- name: insert_postings(merchant_id, subscription_id, ...)`): rows are many, and mappings would
take twice as long. Instants are microseconds since 1970 in UTC, exact decimals text, documents
msgspec JSON.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

import msgspec

from tollbridge.domain.catalog import Product
from tollbridge.domain.coupon_uses import CouponUseRow
from tollbridge.domain.customer import Contact, ContactRole, Customer, PaymentMethod
from tollbridge.domain.decision import Change, Decision
from tollbridge.domain.due import next_due
from tollbridge.domain.events import encode_event
from tollbridge.domain.facts import Fact, Parties
from tollbridge.domain.merchant import Merchant
from tollbridge.domain.outbox import facts_told
from tollbridge.domain.payment import Result
from tollbridge.domain.posting import Posting
from tollbridge.domain.purchase import PurchaseStatus
from tollbridge.domain.records import (
    AttemptResult,
    AttemptRow,
    ClaimRow,
    PurchaseItemRow,
    PurchaseMove,
    PurchaseRow,
    VersionRow,
    records_of,
)
from tollbridge.domain.refund import RefundItemRow, RefundResult, RefundRow
from tollbridge.domain.subscription import Subscription
from tollbridge.ports import SLOTS, Command, CustomerKey, Lease, Parked
from tollbridge.store.engine import Row

Mapped = dict[str, Any]
Rows = dict[str, list[Row]]  # by the statement that writes them

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
REVERSED = (PurchaseStatus.REFUNDED, PurchaseStatus.CHARGED_BACK)
DECIDED = (Result.CAPTURED, Result.DECLINED)
COLUMNS_OF_MERCHANT = ("id", "mode", "clock")  # of Merchant, not in its document

_ENCODER = msgspec.json.Encoder(decimal_format="string")
encode = _ENCODER.encode


@lru_cache(maxsize=4096)
def to_microseconds(at: datetime) -> int:
    """An instant as it is stored; the rows of one decision have few different ones."""
    return (at - EPOCH) // MICROSECOND


def to_instant(microseconds: int) -> datetime:
    """A stored instant as an aware datetime."""
    return EPOCH + timedelta(microseconds=microseconds)


def microseconds_or_none(at: datetime | None) -> int | None:
    """An instant as it is stored where there may be none."""
    return None if at is None else to_microseconds(at)


def merchant_row(merchant: Merchant) -> Mapped:
    """The merchant; clock and mode are columns of their own (R23)."""
    settings = msgspec.to_builtins(merchant)
    for name in COLUMNS_OF_MERCHANT:
        del settings[name]
    return {
        "merchant_id": merchant.id,
        "mode": merchant.mode.value,
        "clock": microseconds_or_none(merchant.clock),
        "document": encode(settings),
    }


def product_row(merchant_id: int, product: Product) -> Row:
    """A product of the catalog."""
    return merchant_id, product.id, encode(product)


def decision_rows(decision: Decision, command: Command) -> Rows:
    """Everything that a decision writes, by the statement that writes it.

    Raises ValueError for a decision that tells facts and does not say whom they concern.
    """
    changes = [change for change in decision.changes if change.events]
    records = records_of(changes)
    facts = facts_told(decision)
    recorded_at = to_microseconds(command.recorded_at)
    return {
        **_subscription_rows(changes, command, recorded_at),
        **(_changed_parties(decision.parties) if decision.parties_before else {}),
        "insert_facts": [_fact(fact) for fact in facts],
        "insert_untold": [_untold(fact) for fact in facts],
        "insert_versions": [_version(row) for row in records.versions],
        "insert_purchases": [_purchase(row) for row in records.purchases],
        "insert_purchase_items": [_purchase_item(row) for row in records.purchase_items],
        "release_claims": [_claim(row) for row in records.released],
        "insert_claims": [_claim(row) for row in records.claims if row not in records.released],
        "insert_attempts": [_attempt(row, recorded_at) for row in records.attempts],
        "settle_attempts": [_attempt_result(row) for row in records.attempt_results],
        "move_purchases": [
            _purchase_move(row) for row in records.purchase_moves if row.status not in REVERSED
        ],
        "insert_refunds": [_refund(row, recorded_at) for row in records.refunds],
        "insert_refund_items": [_refund_item(row) for row in records.refund_items],
        "settle_refunds": [_refund_result(row) for row in records.refund_results],
        "reverse_purchases": [
            (row.merchant_id, row.purchase_id, row.status.value)
            for row in records.purchase_moves
            if row.status in REVERSED
        ],
        "insert_postings": [_posting(row) for row in records.postings],
        "insert_coupon_uses": [_coupon_use(row) for row in records.coupon_uses],
        "release_coupon_uses": [_coupon_use(row) for row in records.released_uses],
    }


def _subscription_rows(changes: list[Change], command: Command, recorded_at: int) -> Rows:
    started = [change.after for change in changes if change.before is None]
    moved = [change.after for change in changes if change.before is not None]
    return {
        "insert_subscriptions": [subscription_row(after) for after in started],
        "update_subscriptions": [subscription_row(after) for after in moved],
        "insert_journal": [
            entry for change in changes for entry in _journal(change, command, recorded_at)
        ],
    }


def customer_rows(customer: Customer) -> Rows:
    """A customer and its contacts, by the statement that inserts them."""
    return {
        "insert_customers": [_customer(customer)],
        "insert_contacts": [
            _contact(customer, role, contact)
            for role, contact in _contacts(customer).items()
            if contact is not None
        ],
    }


def payment_method_rows(merchant_id: int, method: PaymentMethod) -> Rows:
    """A stored way to pay, by the statement that inserts it."""
    return {"insert_payment_methods": [_payment_method(merchant_id, method)]}


def _changed_parties(parties: Parties | None) -> Rows:
    """What takes the place of the rows of a customer and a payment method that changed."""
    if parties is None:
        message = "a decision that changes its parties must say who they are"
        raise ValueError(message)
    customer = parties.customer
    contacts = _contacts(customer)
    gone = [role for role, contact in contacts.items() if contact is None]
    return {
        "update_customers": [_customer(customer)],
        "delete_contacts": [_key_of_contact(customer, role) for role in gone],
        "put_contacts": [
            _contact(customer, role, contact)
            for role, contact in contacts.items()
            if contact is not None
        ],
        "update_payment_methods": [_payment_method(customer.merchant_id, parties.payment_method)],
    }


def lease_row(lease: Lease, now: datetime) -> Mapped:
    """A slot's lease, and the wall time at which it is asked for."""
    return {
        "merchant_id": lease.merchant_id,
        "slot": lease.slot,
        "holder": lease.holder,
        "until": to_microseconds(lease.until),
        "now": to_microseconds(now),
    }


def parked_row(parked: Parked) -> Mapped:
    """What parks a subscription. PostgreSQL has no text with a NUL: it is left out of the error."""
    return {
        "merchant_id": parked.merchant_id,
        "id": parked.subscription_id,
        "due_at": to_microseconds(parked.due_at),
        "error": parked.error.replace("\0", ""),
        "at": to_microseconds(parked.at),
    }


def fold_email(email: str) -> str:
    """An e-mail address as it is stored to be searched: in any case it is the same."""
    return email.casefold()


def customer_sought(merchant_id: int, key: CustomerKey) -> tuple[str, Mapped]:
    """The statement that looks for the subscriptions of customers by this key, and its parameters.

    Raises ValueError for a key that says nothing: many contacts have no e-mail address.
    """
    if key.customer_id is not None:
        return "of_customer", {"merchant_id": merchant_id, "customer_id": key.customer_id}
    if key.reference_id:
        return "of_reference", {"merchant_id": merchant_id, "reference_id": key.reference_id}
    if key.email:
        return "of_email", {"merchant_id": merchant_id, "email": fold_email(key.email)}
    message = "a customer is looked up by id, reference or e-mail"
    raise ValueError(message)


def _customer(customer: Customer) -> Row:
    return (
        customer.merchant_id,
        customer.id,
        customer.reference_id,
        encode(customer),
    )


def _contacts(customer: Customer) -> dict[ContactRole, Contact | None]:
    return {
        ContactRole.BILLING: customer.billing,
        ContactRole.DELIVERY: customer.delivery,
        ContactRole.LICENSEE: customer.licensee,
    }


def _key_of_contact(customer: Customer, role: ContactRole) -> Row:
    return (customer.merchant_id, customer.id, role.value)


def _contact(customer: Customer, role: ContactRole, contact: Contact) -> Row:
    return (
        *_key_of_contact(customer, role),
        fold_email(contact.email),
        contact.country_id,
    )


def _payment_method(merchant_id: int, method: PaymentMethod) -> Row:
    return (merchant_id, method.id, encode(method))


def subscription_row(after: Subscription) -> Row:
    """A subscription with its document, in the order of `insert_subscriptions`."""
    return (
        after.merchant_id,
        after.id,
        after.customer_id,
        after.payment_method_id,
        after.status.value,
        microseconds_or_none(next_due(after)),
        after.revision,
        encode(after),
    )


def _journal(change: Change, command: Command, recorded_at: int) -> Iterator[Row]:
    for position, (event, after) in enumerate(zip(change.events, change.states, strict=True)):
        yield (
            after.merchant_id,
            after.id,
            after.revision,
            type(event).__name__,
            event.version,
            encode_event(event),
            to_microseconds(event.at),
            recorded_at,
            command.actor,
            command.name,
            command.id,
            position,
        )


def _fact(fact: Fact) -> Row:
    return (
        fact.merchant_id,
        fact.subscription_id,
        fact.sequence,
        fact.stream,
        fact.type,
        fact.subject,
        to_microseconds(fact.at),
        fact.frozen,
    )


def _untold(fact: Fact) -> Row:
    slot = fact.stream % SLOTS
    return fact.merchant_id, slot, fact.stream, fact.subscription_id, fact.sequence


def _version(row: VersionRow) -> Row:
    return (
        row.merchant_id,
        row.subscription_id,
        row.running_no,
        row.version,
        encode(row.item),
    )


def _purchase(row: PurchaseRow) -> Row:
    return (
        row.merchant_id,
        row.id,
        row.customer_id,
        row.currency,
        row.purpose.value,
        PurchaseStatus.NEW.value,
        to_microseconds(row.opened_at),
        row.amount.gross,
        row.amount.net,
        row.amount.vat,
    )


def _purchase_item(row: PurchaseItemRow) -> Row:
    return (
        row.merchant_id,
        row.purchase_id,
        row.running_no,
        row.subscription_id,
        row.item_running_no,
        row.item_version,
        row.interval_no,
        row.billing_interval_no,
        row.product_id,
        row.product_name,
        row.quantity,
        str(row.rate),
        row.rate_source,
        row.amount.gross,
        row.amount.net,
        row.amount.vat,
        encode(row.explanation),
    )


def _claim(row: ClaimRow) -> Row:
    return (
        row.merchant_id,
        row.subscription_id,
        row.purpose.value,
        row.interval_no,
        row.billing_interval_no,
        row.cause,
        row.purchase_id,
    )


def _attempt(row: AttemptRow, recorded_at: int) -> Row:
    return (
        row.merchant_id,
        row.purchase_id,
        row.try_no,
        row.key,
        row.amount,
        row.currency,
        row.payment_method_id,
        to_microseconds(row.opened_at),
        recorded_at,
    )


def _attempt_result(row: AttemptResult) -> Row:
    """Unknown and waiting attempts are not settled: they stay in flight (R7)."""
    return (
        row.merchant_id,
        row.purchase_id,
        row.try_no,
        row.result.value,
        row.reference,
        row.code,
        to_microseconds(row.at) if row.result in DECIDED else None,
    )


def _purchase_move(row: PurchaseMove) -> Row:
    return (
        row.merchant_id,
        row.purchase_id,
        row.status.value,
        to_microseconds(row.at) if row.status is PurchaseStatus.PAID else None,
    )


def _refund(row: RefundRow, recorded_at: int) -> Row:
    return (
        row.merchant_id,
        row.purchase_id,
        row.refund_no,
        row.key,
        row.charge_key,
        row.charge_reference,
        row.amount,
        row.currency,
        row.reason,
        to_microseconds(row.opened_at),
        recorded_at,
    )


def _refund_item(row: RefundItemRow) -> Row:
    return (
        row.merchant_id,
        row.purchase_id,
        row.refund_no,
        row.running_no,
        row.subscription_id,
        row.amount.gross,
        row.amount.net,
        row.amount.vat,
    )


def _refund_result(row: RefundResult) -> Row:
    return (
        row.merchant_id,
        row.purchase_id,
        row.refund_no,
        row.result.value,
        row.reference,
        row.code,
        to_microseconds(row.at),
    )


def _posting(row: Posting) -> Row:
    return (
        row.merchant_id,
        row.subscription_id,
        row.sequence,
        row.account.value,
        row.purchase_id,
        row.amount,
        row.currency,
        to_microseconds(row.at),
    )


def _coupon_use(row: CouponUseRow) -> Row:
    return (
        row.merchant_id,
        row.promotion_id,
        row.use_no,
        row.subscription_id,
    )
