"""Rows that were read as domain values. Decoders are made once, when the module is loaded."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec

from tollbridge.domain.catalog import Product
from tollbridge.domain.coupon_uses import CouponUseRow
from tollbridge.domain.customer import ContactRole, Customer, PaymentMethod
from tollbridge.domain.facts import Fact
from tollbridge.domain.merchant import Merchant, Mode
from tollbridge.domain.money import Split
from tollbridge.domain.payment import Result
from tollbridge.domain.posting import Account, Posting
from tollbridge.domain.purchase import Explanation, PurchaseStatus, Purpose
from tollbridge.domain.records import AttemptRow, ClaimRow, PurchaseItemRow, VersionRow
from tollbridge.domain.refund import RefundItemRow, RefundRow, StoredRefund
from tollbridge.domain.stored import (
    OpenMoney,
    StoredAttempt,
    StoredContact,
    StoredPurchase,
    StoredSubscription,
)
from tollbridge.domain.subscription import Item, Subscription, SubscriptionStatus
from tollbridge.ports import Held, History, JournalEntry, Parked, PurchaseLink
from tollbridge.store.engine import Row
from tollbridge.store.rows import to_instant

_subscription = msgspec.json.Decoder(Subscription).decode
_customer = msgspec.json.Decoder(Customer).decode
_payment_method = msgspec.json.Decoder(PaymentMethod).decode
_product = msgspec.json.Decoder(Product).decode
_item = msgspec.json.Decoder(Item).decode
_items = msgspec.json.Decoder(tuple[Item, ...]).decode
_links = msgspec.json.Decoder(tuple[PurchaseLink, ...]).decode
_explanation = msgspec.json.Decoder(Explanation).decode


def instant_or_none(microseconds: int | None) -> datetime | None:
    """A stored instant where there may be none."""
    return None if microseconds is None else to_instant(microseconds)


def payment_method(document: bytes) -> PaymentMethod:
    """A stored way to pay."""
    return _payment_method(document)


def product(document: bytes) -> Product:
    """A product of the catalog."""
    return _product(document)


def customer(document: bytes) -> Customer:
    """A customer with its contacts."""
    return _customer(document)


def subscription(document: bytes) -> Subscription:
    """A subscription as it stands."""
    return _subscription(document)


def stored_subscription(
    row: Row, subscription: Subscription, person: Row | None, contacts: list[Row], way: Row | None
) -> StoredSubscription:
    """A subscription's columns with its document, its customer's rows and its way to pay."""
    customer_id, payment_method_id, status, due_at, revision, _ = row
    return StoredSubscription(
        customer_id=customer_id,
        payment_method_id=payment_method_id,
        status=SubscriptionStatus(status),
        due_at=instant_or_none(due_at),
        revision=revision,
        subscription=subscription,
        reference_id="" if person is None else person[0],
        customer=None if person is None else _customer(person[1]),
        contacts=tuple(
            StoredContact(role=ContactRole(role), email=email, country_id=country_id)
            for role, email, country_id in contacts
        ),
        payment_method=None if way is None else _payment_method(way[0]),
    )


class Merchants:
    """Merchants from their columns, each decoded once as long as nothing changes in the row.

    There are few and every answer needs one; the row itself is read each time, so that a turned
    clock or a new setting is seen at once.
    """

    def __init__(self) -> None:
        self._last: dict[int, tuple[Row, Merchant]] = {}

    def from_columns(
        self, merchant_id: int, document: bytes, mode: str, clock: int | None
    ) -> Merchant:
        """The merchant from the columns document, mode and clock."""
        columns = (document, mode, clock)
        known = self._last.get(merchant_id)
        if known is not None and known[0] == columns:
            return known[1]
        settings: dict[str, Any] = msgspec.json.decode(document)
        merchant = msgspec.convert(
            settings | {"id": merchant_id, "mode": Mode(mode), "clock": instant_or_none(clock)},
            Merchant,
        )
        self._last[merchant_id] = (columns, merchant)
        return merchant


def held(merchants: Merchants, merchant_id: int, columns: Row) -> Held:
    """A subscription with its surroundings from the columns that statement `held` begins with."""
    document, settings, mode, clock, person, method = columns[:6]
    return Held(
        merchant=merchants.from_columns(merchant_id, settings, mode, clock),
        subscription=_subscription(document),
        customer=_customer(person),
        payment_method=_payment_method(method),
    )


def held_with_history(merchants: Merchants, merchant_id: int, columns: Row) -> tuple[Held, History]:
    """The same with versions and links, from the columns of statement `held_with_history`."""
    found = held(merchants, merchant_id, columns)
    return found, _history(merchant_id, found.subscription.id, *columns[6:])


def _history(
    merchant_id: int, subscription_id: int, items: bytes | str | None, links: str | None
) -> History:
    return History(
        versions=()
        if items is None
        else tuple(_version_row(merchant_id, subscription_id, item) for item in _items(items)),
        links=() if links is None else _links(links),
    )


def _version_row(merchant_id: int, subscription_id: int, item: Item) -> VersionRow:
    return VersionRow(
        merchant_id=merchant_id,
        subscription_id=subscription_id,
        running_no=item.running_no,
        version=item.version,
        item=item,
    )


def version(merchant_id: int, subscription_id: int, row: Row) -> VersionRow:
    """A superseded item version."""
    running_no, number, document = row
    return VersionRow(
        merchant_id=merchant_id,
        subscription_id=subscription_id,
        running_no=running_no,
        version=number,
        item=_item(document),
    )


def parked(merchant_id: int, row: Row) -> Parked:
    """A subscription that is set aside, with its error."""
    number, due_at, error, at = row
    return Parked(
        merchant_id=merchant_id,
        subscription_id=number,
        due_at=to_instant(due_at),
        error=error,
        at=to_instant(at),
    )


def journal_entry(merchant_id: int, subscription_id: int, row: Row) -> JournalEntry:
    """A row of the journal; its payload stays encoded."""
    sequence, kind, shape, payload, at, recorded_at, actor, command, command_id = row
    return JournalEntry(
        merchant_id=merchant_id,
        subscription_id=subscription_id,
        sequence=sequence,
        type=kind,
        version=shape,
        payload=payload,
        at=to_instant(at),
        recorded_at=to_instant(recorded_at),
        actor=actor,
        command=command,
        command_id=command_id,
    )


def fact(merchant_id: int, subscription_id: int, row: Row) -> Fact:
    """A row of the outbox; its input stays encoded."""
    sequence, stream, kind, subject, at, frozen = row
    return Fact(
        merchant_id=merchant_id,
        subscription_id=subscription_id,
        stream=stream,
        sequence=sequence,
        type=kind,
        subject=subject,
        at=to_instant(at),
        frozen=frozen,
    )


def stored_purchase(merchant_id: int, row: Row) -> StoredPurchase:
    """A purchase."""
    number, customer_id, currency, purpose, status, opened_at, paid_at, gross, net, vat = row
    return StoredPurchase(
        merchant_id=merchant_id,
        id=number,
        customer_id=customer_id,
        currency=currency,
        purpose=Purpose(purpose),
        status=PurchaseStatus(status),
        opened_at=to_instant(opened_at),
        paid_at=instant_or_none(paid_at),
        amount=Split(gross, net, vat),
    )


def purchase_item(merchant_id: int, row: Row) -> PurchaseItemRow:
    """A line of a purchase."""
    *numbers, name, quantity, rate, source, gross, net, vat, explanation = row
    purchase_id, running_no, subscription_id, item_no, version_no, interval_no, billing_no, sku = (
        numbers
    )
    return PurchaseItemRow(
        merchant_id=merchant_id,
        purchase_id=purchase_id,
        running_no=running_no,
        subscription_id=subscription_id,
        item_running_no=item_no,
        item_version=version_no,
        interval_no=interval_no,
        billing_interval_no=billing_no,
        product_id=sku,
        product_name=name,
        quantity=quantity,
        rate=Decimal(rate),
        rate_source=source,
        amount=Split(gross, net, vat),
        explanation=_explanation(explanation),
    )


def open_money(row: Row) -> OpenMoney:
    """What is not settled of one currency."""
    currency, attempts, oldest, at_risk = row
    return OpenMoney(
        currency=currency, attempts=attempts, oldest=to_instant(oldest), at_risk=at_risk
    )


def attempt(merchant_id: int, row: Row) -> AttemptRow:
    """A payment attempt as it was begun."""
    purchase_id, try_no, key, amount, currency, method_id, opened_at = row
    return AttemptRow(
        merchant_id=merchant_id,
        purchase_id=purchase_id,
        try_no=try_no,
        key=key,
        amount=amount,
        currency=currency,
        payment_method_id=method_id,
        opened_at=to_instant(opened_at),
    )


def stored_attempt(merchant_id: int, row: Row) -> StoredAttempt:
    """A payment attempt with what became of it."""
    *begun, result, reference, code, settled_at = row
    purchase_id, try_no, key, amount, currency, method_id, opened_at = begun
    return StoredAttempt(
        merchant_id=merchant_id,
        purchase_id=purchase_id,
        try_no=try_no,
        key=key,
        amount=amount,
        currency=currency,
        payment_method_id=method_id,
        opened_at=to_instant(opened_at),
        result=None if result is None else Result(result),
        reference=reference,
        code=code,
        settled_at=instant_or_none(settled_at),
    )


def stored_refund(merchant_id: int, row: Row) -> StoredRefund:
    """A refund with what became of it."""
    *begun, result, reference, code, settled_at = row
    purchase_id, refund_no, key, charge_key, charge_reference, *more = begun
    amount, currency, reason, opened_at = more
    return StoredRefund(
        begun=RefundRow(
            merchant_id=merchant_id,
            purchase_id=purchase_id,
            refund_no=refund_no,
            key=key,
            charge_key=charge_key,
            charge_reference=charge_reference,
            amount=amount,
            currency=currency,
            reason=reason,
            opened_at=to_instant(opened_at),
        ),
        result=None if result is None else Result(result),
        reference=reference,
        code=code,
        settled_at=instant_or_none(settled_at),
    )


def refund_item(merchant_id: int, row: Row) -> RefundItemRow:
    """What a refund gives back of one line."""
    purchase_id, refund_no, running_no, subscription_id, gross, net, vat = row
    return RefundItemRow(
        merchant_id=merchant_id,
        purchase_id=purchase_id,
        refund_no=refund_no,
        running_no=running_no,
        subscription_id=subscription_id,
        amount=Split(gross, net, vat),
    )


def claim(merchant_id: int, subscription_id: int, row: Row) -> ClaimRow:
    """What a purchase alone may charge (R4)."""
    purpose, interval_no, billing_interval_no, cause, purchase_id = row
    return ClaimRow(
        merchant_id=merchant_id,
        subscription_id=subscription_id,
        purpose=Purpose(purpose),
        interval_no=interval_no,
        billing_interval_no=billing_interval_no,
        cause=cause,
        purchase_id=purchase_id,
    )


def coupon_use(merchant_id: int, subscription_id: int, row: Row) -> CouponUseRow:
    """A use of a promotion that a subscription holds (R15)."""
    promotion_id, use_no = row
    return CouponUseRow(
        merchant_id=merchant_id,
        promotion_id=promotion_id,
        use_no=use_no,
        subscription_id=subscription_id,
    )


def posting(merchant_id: int, subscription_id: int, row: Row) -> Posting:
    """One side of an entry of the book."""
    sequence, account, purchase_id, amount, currency, at = row
    return Posting(
        merchant_id=merchant_id,
        subscription_id=subscription_id,
        sequence=sequence,
        account=Account(account),
        purchase_id=purchase_id,
        amount=amount,
        currency=currency,
        at=to_instant(at),
    )
