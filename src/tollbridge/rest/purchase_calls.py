"""The calls about purchases: read one, charge it, note its money, give it back."""

from decimal import Decimal
from fractions import Fraction

from tollbridge.domain.currency import minor_units
from tollbridge.domain.money import to_minor
from tollbridge.domain.payment import Result
from tollbridge.domain.purchase import PurchaseStatus
from tollbridge.domain.refunding import RefundRequest
from tollbridge.domain.refusal import Invalid
from tollbridge.flows import purchases as flow
from tollbridge.flows.purchases import Outcome
from tollbridge.queries.clock import read_clock
from tollbridge.queries.purchase import ToldPurchase, read_purchase
from tollbridge.rest import purchase_messages as wire
from tollbridge.rest.dates import plain, plain_or_none
from tollbridge.rest.endpoint import Call
from tollbridge.rest.numbers import amount
from tollbridge.rest.subscription_answer import amounts, payment_of

TRANSACTION = {
    PurchaseStatus.PAID: "Success",
    PurchaseStatus.DECLINED: "Rejected",
    PurchaseStatus.CANCELED: "Rejected",
}
WORDS = {
    PurchaseStatus.NEW: "New",
    PurchaseStatus.PAID: "Paid",
    PurchaseStatus.DECLINED: "Declined",
    PurchaseStatus.CANCELED: "Canceled",
    PurchaseStatus.REFUNDED: "Refunded",
    PurchaseStatus.CHARGED_BACK: "Chargeback",
}


def get_purchase(call: Call[wire.GetPurchase]) -> wire.Purchase:
    """The call getpurchase."""
    told = read_purchase(call.platform, call.merchant_id, call.message.purchase_id)
    return wire.Purchase(purchase=_details(told), result_message="OK")


def retry_payment(call: Call[wire.RetryPayment]) -> wire.PaymentRetried:
    """The call retrypayment: a payment problem is 200 with its TransactionStatus (R1)."""
    outcome = flow.retry(call.collector, call.merchant_id, call.message.purchase_id, call.actor)
    return retried_answer(outcome)


def retried_answer(outcome: Outcome) -> wire.PaymentRetried:
    """How a retry went, as the wire tells it."""
    status = "Pending" if outcome.pending else TRANSACTION.get(outcome.status, "Pending")
    return wire.PaymentRetried(
        purchase_id=outcome.purchase_id, transaction_status=status, result_message="OK"
    )


def pay(call: Call[wire.PayPurchase]) -> wire.PurchaseState:
    """Charge an open purchase now."""
    purchase_id = call.message.purchase_id
    return state_answer(flow.pay(call.collector, call.merchant_id, purchase_id, call.actor))


def receive(call: Call[wire.ReceivePayment]) -> wire.PurchaseState:
    """Note money that came without a gateway."""
    asked = call.message
    return state_answer(
        flow.receive(
            call.platform, call.merchant_id, asked.purchase_id, asked.reference, call.actor
        )
    )


def refund(call: Call[wire.RefundPurchase]) -> wire.PurchaseState:
    """Give money back."""
    asked = call.message
    currency = read_purchase(call.platform, call.merchant_id, asked.purchase_id).purchase.currency
    request = RefundRequest(
        amount=None if asked.amount is None else exact_minor(asked.amount, currency),
        lines=asked.items,
        terminate=asked.terminate,
        reference=asked.reference,
        reason=asked.reason,
    )
    return state_answer(
        flow.refund(call.collector, call.merchant_id, asked.purchase_id, request, call.actor)
    )


def authenticate(call: Call[wire.AuthenticatePayment]) -> wire.PurchaseState:
    """Let the customer of a rehearsal confirm a payment; NotAllowed for a live merchant."""
    asked = call.message
    read_clock(call.platform, call.merchant_id)
    return state_answer(
        flow.authenticate(call.platform, call.merchant_id, asked.purchase_id, approve=asked.approve)
    )


def state_answer(outcome: Outcome) -> wire.PurchaseState:
    """A purchase after a call, as the wire tells it."""
    return wire.PurchaseState(
        purchase_id=outcome.purchase_id,
        status=outcome.status.value,
        currency=outcome.currency,
        amount=amount(outcome.gross, outcome.currency),
        refunded=amount(outcome.refunded, outcome.currency),
        pending=outcome.pending,
    )


def exact_minor(number: Decimal, currency: str) -> int:
    """An amount in minor units; Invalid for more decimals than the currency has."""
    minor = to_minor(Fraction(number), currency)
    if Fraction(number) * 10 ** minor_units(currency) != minor:
        raise Invalid("amount", f"amount has more decimals than {currency}")
    return minor


def _details(told: ToldPurchase) -> wire.PurchaseDetails:
    purchase, held = told.purchase, told.held[0]
    gross, net, vat = amounts(told.amount, purchase.currency)
    given = [r.settled_at for r in told.refunds if r.result is Result.CAPTURED and r.settled_at]
    return wire.PurchaseDetails(
        id=purchase.id,
        status_id=purchase.status.value,
        status=WORDS[purchase.status],
        creation_time=plain(purchase.opened_at),
        payment_arrive_time=plain_or_none(purchase.paid_at),
        reimbursement_time=plain_or_none(max(given, default=None)),
        customer_id=purchase.customer_id,
        internal_customer=held.customer.reference_id,
        customer_currency_id=purchase.currency,
        customer_gross_price=gross,
        customer_net_price=net,
        customer_vat_price=vat,
        payment_info=payment_of(held.payment_method),
        items=_items(told),
    )


def _items(told: ToldPurchase) -> tuple[wire.PurchaseItem, ...]:
    currency = told.purchase.currency
    return tuple(
        wire.PurchaseItem(
            running_number=line.running_no,
            product_id=line.product_id,
            product_name=line.product_name,
            quantity=line.quantity,
            subscription_id=f"S{line.subscription_id}",
            subscription_item_running_no=line.item_running_no,
            subscription_interval_number=line.interval_no,
            customer_gross_price=amount(line.amount.gross, currency),
            customer_net_price=amount(line.amount.net, currency),
            customer_vat_price=amount(line.amount.vat, currency),
        )
        for line in told.lines
    )
