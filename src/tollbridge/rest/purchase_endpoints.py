"""The endpoints about purchases: the compatible ones, and Tollbridge's own."""

from tollbridge.rest import purchase_messages as wire
from tollbridge.rest.endpoint import CHANGING, READING, Endpoint, Style
from tollbridge.rest.purchase_calls import (
    authenticate,
    get_purchase,
    pay,
    receive,
    refund,
    retry_payment,
)

PURCHASE_ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        method="GET",
        path="/purchase/getpurchase",
        style=Style.COMPATIBLE,
        action="getpurchase",
        summary="Read a purchase",
        docs="A purchase with its lines and its status.",
        request=wire.GetPurchase,
        answer=wire.Purchase,
        refusals=READING,
        serve=get_purchase,
    ),
    Endpoint(
        method="POST",
        path="/purchase/retrypayment",
        style=Style.COMPATIBLE,
        action="retrypayment",
        summary="Charge a declined purchase again",
        docs=(
            "At most eight times for each purchase, beside the retries by schedule. A payment "
            "problem is no refusal: TransactionStatus tells it. Refused (402) for a purchase that "
            "was not declined, and while a payment is in progress."
        ),
        request=wire.RetryPayment,
        answer=wire.PaymentRetried,
        refusals=CHANGING,
        serve=retry_payment,
    ),
    Endpoint(
        method="POST",
        path="/tollbridge/purchases/{purchase_id}/pay",
        style=Style.OWN,
        action="pay_purchase",
        summary="Charge an open purchase now",
        docs="A bill may be paid before its date, and a declined purchase again.",
        request=wire.PayPurchase,
        answer=wire.PurchaseState,
        refusals=CHANGING,
        serve=pay,
    ),
    Endpoint(
        method="POST",
        path="/tollbridge/purchases/{purchase_id}/receive",
        style=Style.OWN,
        action="receive_payment",
        summary="Note that the money of a purchase came",
        docs="By wire, or on an invoice: nobody is charged.",
        request=wire.ReceivePayment,
        answer=wire.PurchaseState,
        refusals=CHANGING,
        serve=receive,
    ),
    Endpoint(
        method="POST",
        path="/tollbridge/purchases/{purchase_id}/refunds",
        style=Style.OWN,
        action="refund_purchase",
        summary="Give money of a purchase back",
        docs=(
            "All that is left, an amount, or what is left of some lines; never more than is left. "
            "An amount is shared out over the lines, and each share is split at the tax rate that "
            "the line was charged with."
        ),
        request=wire.RefundPurchase,
        answer=wire.PurchaseState,
        refusals=CHANGING,
        serve=refund,
    ),
    Endpoint(
        method="POST",
        path="/tollbridge/sandbox/payments/{purchase_id}/authenticate",
        style=Style.OWN,
        action="authenticate_payment",
        summary="Confirm a payment as its customer would",
        docs=(
            "For a payment that waits for the customer: it is captured, or declined. For sandbox "
            "merchants only."
        ),
        request=wire.AuthenticatePayment,
        answer=wire.PurchaseState,
        refusals=CHANGING,
        serve=authenticate,
    ),
)
