"""Messages about purchases: the compatible calls, and Tollbridge's own.

Of the compatible calls only names are published (docs/purchase-api-guide); their fields follow the
purchase model of the notifications.
"""

from decimal import Decimal
from typing import Annotated

from tollbridge.rest.evidence import inferred
from tollbridge.rest.kinds import EXACT, FLAG, ID, NAME, Text
from tollbridge.rest.messages import Answer, Listed, Message, of, told
from tollbridge.rest.subscription_messages import PaymentDetails

GUIDE = inferred("docs/purchase-api-guide, which names the call only")
MODEL = inferred("the purchase model of the notifications")
EXAMPLE = 531157892
DECLINED, WAITING = 531157895, 531157896  # as examples
LINES_MAX = 100
REASON = Text(40)
LINES = Listed(ID, LINES_MAX)


class GetPurchase(Message, rename="pascal", frozen=True, kw_only=True):
    """Which purchase to read."""

    purchase_id: Annotated[int, of(ID, "The purchase", example=EXAMPLE), GUIDE]


class RetryPayment(Message, rename="pascal", frozen=True, kw_only=True):
    """Which declined purchase to charge again."""

    purchase_id: Annotated[int, of(ID, "The purchase", example=DECLINED), GUIDE]


class PaymentRetried(Answer, rename="pascal", frozen=True, kw_only=True):
    """How it went: a payment problem is told here and is no refusal (R1)."""

    purchase_id: Annotated[int, told("The purchase", EXAMPLE), MODEL]
    transaction_status: Annotated[
        str,
        told("Success, Rejected or Pending", "Success"),
        inferred("the answer of renewsubscription"),
    ]
    result_message: Annotated[str, told("OK", "OK"), GUIDE]


class PurchaseItem(Answer, rename="pascal", frozen=True, kw_only=True):
    """One line of a purchase."""

    running_number: Annotated[int, told("Its number", 1), MODEL]
    product_id: Annotated[int, told("The product", 292973), MODEL]
    product_name: Annotated[str, told("Its name", "Cloudify Seat"), MODEL]
    quantity: Annotated[int, told("Units", 10), MODEL]
    subscription_id: Annotated[str, told("Whose line it is", "S67531904"), MODEL]
    subscription_item_running_no: Annotated[int, told("The item it bills", 1), MODEL]
    subscription_interval_number: Annotated[int, told("The interval it bills", 0), MODEL]
    customer_gross_price: Annotated[Decimal, told("With tax", Decimal("50.0")), MODEL]
    customer_net_price: Annotated[Decimal, told("Without tax", Decimal("42.02")), MODEL]
    customer_vat_price: Annotated[Decimal, told("The tax", Decimal("7.98")), MODEL]


class PurchaseDetails(Answer, rename="pascal", frozen=True, kw_only=True):
    """A purchase."""

    id: Annotated[int, told("The purchase", EXAMPLE), MODEL]
    status_id: Annotated[str, told("NEW, PAY, DEC, CAN, REF or CHB", "PAY"), MODEL]
    status: Annotated[str, told("The same in words", "Paid"), MODEL]
    creation_time: Annotated[str, told("When it was opened", "2026-02-09T15:43:07.20517"), MODEL]
    payment_arrive_time: Annotated[str | None, told("When it was paid"), MODEL]
    reimbursement_time: Annotated[str | None, told("When money last went back"), MODEL]
    customer_id: Annotated[int, told("The customer", 157610360), MODEL]
    internal_customer: Annotated[str, told("Your own id of the customer", "4711"), MODEL]
    customer_currency_id: Annotated[str, told("ISO 4217", "USD"), MODEL]
    customer_gross_price: Annotated[Decimal, told("With tax", Decimal("50.0")), MODEL]
    customer_net_price: Annotated[Decimal, told("Without tax", Decimal("42.02")), MODEL]
    customer_vat_price: Annotated[Decimal, told("The tax", Decimal("7.98")), MODEL]
    payment_info: Annotated[PaymentDetails, told("How the customer pays"), MODEL]
    items: Annotated[tuple[PurchaseItem, ...], told("Its lines", entry="PurchaseItem"), MODEL]


class Purchase(Answer, rename="pascal", frozen=True, kw_only=True):
    """A purchase that was asked for."""

    purchase: Annotated[PurchaseDetails, told("The purchase"), MODEL]
    result_message: Annotated[str, told("OK", "OK"), GUIDE]


class PayPurchase(Message, frozen=True, kw_only=True):
    """Which open purchase to charge."""

    purchase_id: Annotated[int, of(ID, "The purchase", example=DECLINED)]


class ReceivePayment(Message, frozen=True, kw_only=True):
    """Which open purchase was paid without a gateway."""

    purchase_id: Annotated[int, of(ID, "The purchase", example=DECLINED)]
    reference: Annotated[
        str, of(NAME, "What the money is known by at the bank", example="Statement 2026-17")
    ]


class RefundPurchase(Message, frozen=True, kw_only=True):
    """What to give back of a paid purchase: an amount, some lines, or all that is left."""

    purchase_id: Annotated[int, of(ID, "The purchase", example=EXAMPLE)]
    amount: Annotated[
        Decimal | None, of(EXACT, "So much, with tax, in the currency of the purchase")
    ] = None
    items: Annotated[
        tuple[int, ...] | None, of(LINES, "Lines of the purchase, by running number")
    ] = None
    terminate: Annotated[bool, of(FLAG, "Whether the subscriptions are deactivated")] = False
    reason: Annotated[
        str, of(REASON, "A word of yours: letters, digits, - and _; nothing of the customer")
    ] = ""
    reference: Annotated[
        str, of(Text(255), "Of money given back by hand, where it came without a gateway")
    ] = ""


class AuthenticatePayment(Message, frozen=True, kw_only=True):
    """What the customer of a rehearsal does about a payment that waits."""

    purchase_id: Annotated[int, of(ID, "The purchase", example=WAITING)]
    approve: Annotated[bool, of(FLAG, "Whether the customer confirms it", example=True)]


class PurchaseState(Answer, frozen=True, kw_only=True):
    """A purchase as it stands after the call."""

    purchase_id: Annotated[int, told("The purchase", EXAMPLE)]
    status: Annotated[str, told("NEW, PAY, DEC, CAN, REF (refunded) or CHB (charged back)", "PAY")]
    currency: Annotated[str, told("ISO 4217", "USD")]
    amount: Annotated[Decimal, told("What was billed, with tax", Decimal("50.0"))]
    refunded: Annotated[Decimal, told("What was given back, with tax", Decimal("0.0"))]
    pending: Annotated[bool, told("Whether a payment or refund is not decided yet", example=False)]
