"""A receiver of notifications that keeps a table of entitlements in step: who may use what.

    python examples/receiver/receiver.py --port 3000 --secret whsec_...

It listens at http://127.0.0.1:3000/ and answers GET with the table as JSON. `Entitlements.feed` is
all of it: what a request brings goes in, and the table is changed once, in one transaction.
"""

import argparse
import json
import sqlite3
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock
from typing import NamedTuple

from tollbridge.consumer import (
    Arrival,
    ChargebackNotification,
    Headers,
    Inbox,
    MalformedError,
    NewPurchaseOrderNotification,
    Notification,
    PaidOrderNotification,
    Purchase,
    PurchaseItem,
    RecurringBilling,
    RecurringBillingCanceledNotification,
    RecurringBillingOnGraceNotification,
    RecurringBillingOnHoldNotification,
    RecurringBillingReinstatedNotification,
    RefundNotification,
    ReturnDirectDebitNotification,
    SqliteSeen,
    SqliteSequences,
    Subscription,
    SubscriptionBillingDateExtendedNotification,
    SubscriptionPaidNotification,
    UnverifiedError,
)

BODY_MAX = 1_000_000
ALIGNMENT = "Alignment"  # the category of a charge inside an interval
ACTIVE, GRACE, DEACTIVATED, REMOVED = "ACT", "GRA", "DEA", "REM"
REVOKED = "REV"  # ours: the money went back
USABLE = (ACTIVE, GRACE, DEACTIVATED)  # what was cancelled may be used to the end of what was paid

SCHEMA = """
CREATE TABLE IF NOT EXISTS entitlement (
    subscription_id INTEGER NOT NULL,
    item INTEGER NOT NULL,
    customer TEXT NOT NULL,
    product_id INTEGER NOT NULL,
    quantity INTEGER NOT NULL,
    purchase_id INTEGER NOT NULL,  -- that paid for the running interval
    status TEXT NOT NULL,
    valid_until TEXT NOT NULL,     -- ISO 8601, UTC
    -- The sequence of the message that last said something of ...
    terms_told INTEGER NOT NULL,    -- product and quantity
    purchase_told INTEGER NOT NULL,
    standing_told INTEGER NOT NULL, -- status and date
    PRIMARY KEY (subscription_id, item)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS reimbursed (purchase_id INTEGER PRIMARY KEY);
"""
# What an older message says of something does not undo what a newer one said.
TELL = """
INSERT INTO entitlement VALUES
    (:subscription_id, :item, :customer, :product_id, :quantity, :purchase_id, :status,
     :valid_until, :terms_told, :purchase_told, :standing_told)
ON CONFLICT (subscription_id, item) DO UPDATE SET
    product_id = iif(excluded.terms_told >= terms_told, excluded.product_id, product_id),
    quantity = iif(excluded.terms_told >= terms_told, excluded.quantity, quantity),
    purchase_id = iif(excluded.purchase_told >= purchase_told, excluded.purchase_id, purchase_id),
    status = iif(excluded.standing_told >= standing_told, excluded.status, status),
    valid_until = iif(excluded.standing_told >= standing_told, excluded.valid_until, valid_until),
    terms_told = max(excluded.terms_told, terms_told),
    purchase_told = max(excluded.purchase_told, purchase_told),
    standing_told = max(excluded.standing_told, standing_told)
"""
REMOVE_OTHERS = """
UPDATE entitlement SET status = :removed, standing_told = :sequence
WHERE subscription_id = :subscription_id AND standing_told <= :sequence
    AND item NOT IN (SELECT value FROM json_each(:kept))
"""
ALL = """
SELECT subscription_id, item, customer, product_id, quantity,
    iif(reimbursed.purchase_id IS NULL, status, :revoked), valid_until
FROM entitlement LEFT JOIN reimbursed USING (purchase_id)
ORDER BY subscription_id, item
"""
NEVER = datetime.min.replace(tzinfo=UTC)
NOT_TOLD = -1  # below every sequence: what is known stays


class Entitlement(NamedTuple):
    """One row: so many of a product, for a customer, until then."""

    subscription_id: int
    item: int
    customer: str
    product_id: int
    quantity: int
    status: str
    valid_until: datetime

    def is_valid(self, at: datetime) -> bool:
        """Whether it may be used at this instant."""
        return self.status in USABLE and at < self.valid_until


class Entitlements:
    """The table, and how each notification changes it.

    The id of a message, its place in its stream and what it changes are one transaction: a message
    that comes twice changes nothing the second time, and one that failed comes again. In whatever
    order messages come in the end, the newest about each thing counts.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        secrets: Sequence[str],
        now: Callable[[], float] = time.time,
    ) -> None:
        self._connection = connection
        self._lock = Lock()
        connection.executescript(SCHEMA)
        self._inbox = Inbox(secrets, SqliteSeen(connection), SqliteSequences(connection), now=now)

    def feed(self, headers: Headers, body: bytes) -> Arrival:
        """Take one request; UnverifiedError or MalformedError, and nothing is changed."""
        with self._lock, self._connection:
            arrival = self._inbox.receive(headers, body)
            if arrival.is_new:
                self._apply(arrival.notification, arrival.message.sequence)
        return arrival

    def all(self) -> list[Entitlement]:
        """All rows, by subscription and item."""
        with self._lock:
            rows = self._connection.execute(ALL, {"revoked": REVOKED}).fetchall()
        return [
            Entitlement(*row)._replace(valid_until=datetime.fromisoformat(row[-1])) for row in rows
        ]

    def _apply(self, notification: Notification, sequence: int) -> None:
        match notification:
            case (
                PaidOrderNotification(purchase=purchase)
                | NewPurchaseOrderNotification(purchase=purchase)  # delivered before it is paid
            ):
                self._grant(purchase, sequence)
            case SubscriptionPaidNotification(subscription=subscription):
                self._grant_all(subscription, sequence)
            case (
                RecurringBillingCanceledNotification(purchase=purchase)
                | RecurringBillingReinstatedNotification(purchase=purchase)
                | RecurringBillingOnGraceNotification(purchase=purchase)
                | RecurringBillingOnHoldNotification(purchase=purchase)
                | SubscriptionBillingDateExtendedNotification(purchase=purchase)
            ):
                self._change(purchase, sequence)
            case (
                RefundNotification(purchase=purchase)
                | ChargebackNotification(purchase=purchase)
                | ReturnDirectDebitNotification(purchase=purchase)
            ):
                self._revoke(purchase)
            case _:
                pass  # reminders, declined payments, profiles, and what is still unknown

    def _grant(self, purchase: Purchase, sequence: int) -> None:
        """What was paid: product, quantity, and until when.

        A charge inside an interval (an upgrade, an item added) is not what paid for the interval:
        refunding it does not end the entitlement.
        """
        aligned = purchase.subscription_revenue_category_id == ALIGNMENT
        for item, billing in _recurring(purchase):
            self._tell(
                _row(purchase, item, billing),
                terms_told=sequence,
                purchase_told=NOT_TOLD if aligned else sequence,
                standing_told=sequence,
            )

    def _grant_all(self, subscription: Subscription, sequence: int) -> None:
        """The whole subscription as it was paid: what is not in it any more was removed."""
        paid = subscription.subscription_purchase
        aligned = paid is None or paid.subscription_revenue_category_id == ALIGNMENT
        kept = [item for item in subscription.subscription_items if item.is_current]
        for item in kept:
            row = Entitlement(
                subscription_id=subscription.subscription_id,
                item=item.running_number,
                customer=subscription.customer_reference_id,
                product_id=item.product_id,
                quantity=item.quantity,
                status=item.status,
                valid_until=subscription.next_billing_date or NEVER,
            )
            self._tell(
                (row, paid.purchase_id if paid else 0),
                terms_told=sequence,
                purchase_told=NOT_TOLD if aligned else sequence,
                standing_told=sequence,
            )
        self._connection.execute(
            REMOVE_OTHERS,
            {
                "subscription_id": subscription.subscription_id,
                "kept": json.dumps([item.running_number for item in kept]),
                "removed": REMOVED,
                "sequence": sequence,
            },
        )

    def _change(self, purchase: Purchase, sequence: int) -> None:
        """Another status and date.

        Product and quantity stay what was paid: these notifications tell what will be billed next,
        which after a downgrade is less than what may be used.
        """
        for item, billing in _recurring(purchase):
            self._tell(
                _row(purchase, item, billing),
                terms_told=NOT_TOLD,
                purchase_told=NOT_TOLD,
                standing_told=sequence,
            )

    def _revoke(self, purchase: Purchase) -> None:
        """Everything that this purchase paid for, and nothing that a later one did."""
        self._connection.execute(
            "INSERT INTO reimbursed VALUES (?) ON CONFLICT DO NOTHING", (purchase.purchase_id,)
        )

    def _tell(self, told: tuple[Entitlement, int], **sequences: int) -> None:
        row, purchase_id = told
        values = row._asdict() | {"valid_until": row.valid_until.isoformat()}
        self._connection.execute(TELL, values | sequences | {"purchase_id": purchase_id})


def _recurring(purchase: Purchase) -> Iterator[tuple[PurchaseItem, RecurringBilling]]:
    """The items that belong to a subscription."""
    for item in purchase.items:
        if item.recurring_billing is not None:
            yield item, item.recurring_billing


def _row(
    purchase: Purchase, item: PurchaseItem, billing: RecurringBilling
) -> tuple[Entitlement, int]:
    """An item as a notification shows it, and the purchase.

    The status is the subscription's while the item is active. In grace the billing date stays
    where it was, and the service goes on for some days.
    """
    active = billing.item_status_id == ACTIVE
    status = billing.status_id if active and billing.status_id else billing.item_status_id
    until = billing.next_billing_date or NEVER
    if status == GRACE:
        until += timedelta(days=billing.grace_period_days or 0)
    row = Entitlement(
        subscription_id=billing.subscription_id,
        item=billing.subscription_item_running_no,
        customer=purchase.internal_customer,
        product_id=item.product_id,
        quantity=item.quantity,
        status=status,
        valid_until=until,
    )
    return row, purchase.purchase_id


def serve(entitlements: Entitlements, port: int) -> ThreadingHTTPServer:
    """A server at this port of this machine, not yet running."""

    class Answering(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # connections are kept

        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            if length > BODY_MAX:
                self.close_connection = True
                self._answer(413, "too large")
                return
            try:
                arrival = entitlements.feed(self.headers, self.rfile.read(length))
            except UnverifiedError as error:
                self._answer(401, str(error))
            except MalformedError as error:
                self._answer(400, str(error))
            except sqlite3.Error as error:
                self._answer(503, str(error))
            else:
                self._answer(200, "new" if arrival.is_new else "seen before")
                if arrival.missing:
                    sys.stderr.write(f"missing of {arrival.message.stream}: {arrival.missing}\n")

        def do_GET(self) -> None:
            at = datetime.now(UTC)
            rows = [row._asdict() | {"is_valid": row.is_valid(at)} for row in entitlements.all()]
            self._answer(200, json.dumps(rows, default=str, indent=2))

        def _answer(self, status: int, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return ThreadingHTTPServer(("127.0.0.1", port), Answering)


def main() -> None:
    """Serve until Ctrl-C."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--port", type=int, default=3000)
    parser.add_argument("--database", default="entitlements.db")
    parser.add_argument("--secret", action="append", required=True, help="more than one may be")
    given = parser.parse_args()
    with closing(sqlite3.connect(given.database, check_same_thread=False)) as connection:
        server = serve(Entitlements(connection, given.secret), given.port)
        with server, suppress(KeyboardInterrupt):
            server.serve_forever()


if __name__ == "__main__":
    main()
