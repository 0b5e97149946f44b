"""Domain values as rows to be written: one mapping for each row of a named statement.

Instants are microseconds since 1970 in UTC, exact decimals text, documents msgspec JSON.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from tollbridge.domain.catalog import Product
from tollbridge.domain.customer import Contact, ContactRole, Customer, PaymentMethod
from tollbridge.domain.decision import Change, Decision
from tollbridge.domain.events import encode_event
from tollbridge.domain.facts import Fact, Parties
from tollbridge.domain.merchant import Merchant
from tollbridge.domain.outbox import facts_told
from tollbridge.domain.payment import Result
from tollbridge.domain.purchase import PurchaseStatus
from tollbridge.domain.records import (
    AttemptResult,
    AttemptRow,
    ClaimRow,
    CouponUseRow,
    Posting,
    PurchaseItemRow,
    PurchaseMove,
    PurchaseRow,
    VersionRow,
    records_of,
)
from tollbridge.domain.subscription import Subscription, next_due
from tollbridge.ports import Command, CustomerKey

Mapped = dict[str, Any]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
DECIDED = (Result.CAPTURED, Result.DECLINED)
COLUMNS_OF_MERCHANT = ("id", "mode", "clock")  # of Merchant, not in its document

_ENCODER = msgspec.json.Encoder(decimal_format="string")
encode = _ENCODER.encode


def to_microseconds(at: datetime) -> int:
    """An instant as it is stored."""
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


def product_row(merchant_id: int, product: Product) -> Mapped:
    """A product of the catalog."""
    return {"merchant_id": merchant_id, "id": product.id, "document": encode(product)}


def decision_rows(decision: Decision, command: Command) -> dict[str, list[Mapped]]:
    """Everything that a decision writes, by the statement that writes it.

    Raises ValueError for a decision that tells facts and does not say whom they concern.
    """
    changes = [change for change in decision.changes if change.events]
    records = records_of(changes)
    return {
        **_subscription_rows(changes, command),
        **(_changed_parties(decision.parties) if decision.parties_before else {}),
        "insert_facts": [_fact(fact) for fact in facts_told(decision)],
        "insert_versions": [_version(row) for row in records.versions],
        "insert_purchases": [_purchase(row) for row in records.purchases],
        "insert_purchase_items": [_purchase_item(row) for row in records.purchase_items],
        "release_claims": [_claim(row) for row in records.released],
        "insert_claims": [_claim(row) for row in records.claims if row not in records.released],
        "insert_attempts": [_attempt(row) for row in records.attempts],
        "settle_attempts": [_attempt_result(row) for row in records.attempt_results],
        "move_purchases": [_purchase_move(row) for row in records.purchase_moves],
        "insert_postings": [_posting(row) for row in records.postings],
        "insert_coupon_uses": [_coupon_use(row) for row in records.coupon_uses],
        "release_coupon_uses": [_coupon_use(row) for row in records.released_uses],
    }


def _subscription_rows(changes: list[Change], command: Command) -> dict[str, list[Mapped]]:
    started = [change.after for change in changes if change.before is None]
    moved = [change.after for change in changes if change.before is not None]
    recorded_at = to_microseconds(command.recorded_at)
    return {
        "insert_subscriptions": [_subscription(after) for after in started],
        "update_subscriptions": [_subscription(after) for after in moved],
        "insert_journal": [
            entry for change in changes for entry in _journal(change, command, recorded_at)
        ],
    }


def customer_rows(customer: Customer) -> dict[str, list[Mapped]]:
    """A customer and its contacts, by the statement that inserts them."""
    return {
        "insert_customers": [_customer(customer)],
        "insert_contacts": [
            _contact(customer, role, contact)
            for role, contact in _contacts(customer).items()
            if contact is not None
        ],
    }


def payment_method_rows(merchant_id: int, method: PaymentMethod) -> dict[str, list[Mapped]]:
    """A stored way to pay, by the statement that inserts it."""
    return {"insert_payment_methods": [_payment_method(merchant_id, method)]}


def _changed_parties(parties: Parties | None) -> dict[str, list[Mapped]]:
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


def _customer(customer: Customer) -> Mapped:
    return {
        "merchant_id": customer.merchant_id,
        "id": customer.id,
        "reference_id": customer.reference_id,
        "document": encode(customer),
    }


def _contacts(customer: Customer) -> dict[ContactRole, Contact | None]:
    return {
        ContactRole.BILLING: customer.billing,
        ContactRole.DELIVERY: customer.delivery,
        ContactRole.LICENSEE: customer.licensee,
    }


def _key_of_contact(customer: Customer, role: ContactRole) -> Mapped:
    return {"merchant_id": customer.merchant_id, "customer_id": customer.id, "role": role.value}


def _contact(customer: Customer, role: ContactRole, contact: Contact) -> Mapped:
    return {
        **_key_of_contact(customer, role),
        "email": fold_email(contact.email),
        "country_id": contact.country_id,
    }


def _payment_method(merchant_id: int, method: PaymentMethod) -> Mapped:
    return {"merchant_id": merchant_id, "id": method.id, "document": encode(method)}


def _subscription(after: Subscription) -> Mapped:
    return {
        "merchant_id": after.merchant_id,
        "id": after.id,
        "customer_id": after.customer_id,
        "payment_method_id": after.payment_method_id,
        "status": after.status.value,
        "due_at": microseconds_or_none(next_due(after)),
        "revision": after.revision,
        "document": encode(after),
    }


def _journal(change: Change, command: Command, recorded_at: int) -> Iterator[Mapped]:
    for position, (event, after) in enumerate(zip(change.events, change.states, strict=True)):
        yield {
            "merchant_id": after.merchant_id,
            "subscription_id": after.id,
            "sequence": after.revision,
            "type": type(event).__name__,
            "version": event.version,
            "payload": encode_event(event),
            "at": to_microseconds(event.at),
            "recorded_at": recorded_at,
            "actor": command.actor,
            "command": command.name,
            "command_id": command.id,
            "position": position,
        }


def _fact(fact: Fact) -> Mapped:
    return {
        "merchant_id": fact.merchant_id,
        "subscription_id": fact.subscription_id,
        "sequence": fact.sequence,
        "type": fact.type,
        "subject": fact.subject,
        "at": to_microseconds(fact.at),
        "frozen": fact.frozen,
    }


def _version(row: VersionRow) -> Mapped:
    return {
        "merchant_id": row.merchant_id,
        "subscription_id": row.subscription_id,
        "running_no": row.running_no,
        "version": row.version,
        "document": encode(row.item),
    }


def _purchase(row: PurchaseRow) -> Mapped:
    return {
        "merchant_id": row.merchant_id,
        "id": row.id,
        "customer_id": row.customer_id,
        "currency": row.currency,
        "purpose": row.purpose.value,
        "status": PurchaseStatus.NEW.value,
        "opened_at": to_microseconds(row.opened_at),
        "gross": row.amount.gross,
        "net": row.amount.net,
        "vat": row.amount.vat,
    }


def _purchase_item(row: PurchaseItemRow) -> Mapped:
    return {
        "merchant_id": row.merchant_id,
        "purchase_id": row.purchase_id,
        "running_no": row.running_no,
        "subscription_id": row.subscription_id,
        "item_running_no": row.item_running_no,
        "item_version": row.item_version,
        "interval_no": row.interval_no,
        "billing_interval_no": row.billing_interval_no,
        "product_id": row.product_id,
        "product_name": row.product_name,
        "quantity": row.quantity,
        "rate": str(row.rate),
        "rate_source": row.rate_source,
        "gross": row.amount.gross,
        "net": row.amount.net,
        "vat": row.amount.vat,
        "explanation": encode(row.explanation),
    }


def _claim(row: ClaimRow) -> Mapped:
    return {
        "merchant_id": row.merchant_id,
        "subscription_id": row.subscription_id,
        "purpose": row.purpose.value,
        "interval_no": row.interval_no,
        "billing_interval_no": row.billing_interval_no,
        "cause": row.cause,
        "purchase_id": row.purchase_id,
    }


def _attempt(row: AttemptRow) -> Mapped:
    return {
        "merchant_id": row.merchant_id,
        "purchase_id": row.purchase_id,
        "try_no": row.try_no,
        "key": row.key,
        "amount": row.amount,
        "currency": row.currency,
        "payment_method_id": row.payment_method_id,
        "opened_at": to_microseconds(row.opened_at),
    }


def _attempt_result(row: AttemptResult) -> Mapped:
    """Unknown and waiting attempts are not settled: they stay in flight (R7)."""
    return {
        "merchant_id": row.merchant_id,
        "purchase_id": row.purchase_id,
        "try_no": row.try_no,
        "result": row.result.value,
        "reference": row.reference,
        "code": row.code,
        "settled_at": to_microseconds(row.at) if row.result in DECIDED else None,
    }


def _purchase_move(row: PurchaseMove) -> Mapped:
    return {
        "merchant_id": row.merchant_id,
        "purchase_id": row.purchase_id,
        "status": row.status.value,
        "paid_at": to_microseconds(row.at) if row.status is PurchaseStatus.PAID else None,
    }


def _posting(row: Posting) -> Mapped:
    return {
        "merchant_id": row.merchant_id,
        "subscription_id": row.subscription_id,
        "sequence": row.sequence,
        "account": row.account.value,
        "purchase_id": row.purchase_id,
        "amount": row.amount,
        "currency": row.currency,
        "at": to_microseconds(row.at),
    }


def _coupon_use(row: CouponUseRow) -> Mapped:
    return {
        "merchant_id": row.merchant_id,
        "promotion_id": row.promotion_id,
        "use_no": row.use_no,
        "subscription_id": row.subscription_id,
    }
