"""The calls that change a subscription item (subscription-api.md 2.15, 2.16)."""

from tollbridge.commands.change_item import preview
from tollbridge.domain.alignment import Alignment
from tollbridge.domain.decision import Prices
from tollbridge.domain.item_change import ItemChange, Renewal
from tollbridge.domain.money import TaxKind
from tollbridge.domain.refusal import NotAllowed
from tollbridge.domain.terms import CustomerPrice, Names
from tollbridge.flows.change_item import change_item
from tollbridge.rest import item_messages as wire
from tollbridge.rest.endpoint import Call
from tollbridge.rest.subscription_answer import amounts


def update_item(call: Call[wire.UpdateSubscriptionItem]) -> wire.ItemPrices:
    """The call updatesubscriptionitem: a new version, or what it would cost (table 3.1)."""
    message = call.message
    _require_released(message)
    settings = message.alignment_settings
    renewal = Renewal(reset=message.reset_billing_interval)
    change = ItemChange(
        running_no=message.running_number,
        product_id=message.product_id,
        quantity=message.quantity,
        customer_price=_own_price(message.customer_price),
        names=Names(
            name=message.product_name or None,
            name_en=message.product_name_en,
            extension=message.product_name_extension,
        ),
        renewal=renewal if message.trigger_immediate_renewal else None,
        alignment=_alignment(settings),
        action=message.update_action,
        generate_mail=message.generate_mail,
        call="updatesubscriptionitem",
    )
    return _prices_of(call, message.subscription_id, change, settings)


def update_item_price(call: Call[wire.UpdateSubscriptionItemPrice]) -> wire.ItemPrices:
    """The call updatesubscriptionitemprice: a new price, and perhaps quantity, for the item."""
    message = call.message
    settings = message.alignment_settings
    change = ItemChange(
        running_no=message.running_number,
        quantity=message.quantity,
        customer_price=_own_price(message.customer_price),
        alignment=_alignment(settings),
        recalculate=message.force_price_recalculation,
        action=message.update_action,
        generate_mail=message.generate_mail,
        call="updatesubscriptionitemprice",
    )
    return _prices_of(call, message.subscription_id, change, settings)


def _prices_of(
    call: Call[wire.UpdateSubscriptionItem] | Call[wire.UpdateSubscriptionItemPrice],
    subscription_id: int,
    change: ItemChange,
    settings: wire.AlignmentSettings,
) -> wire.ItemPrices:
    if settings.get_customer_price_preview_only:
        return _answer(preview(call.platform, call.merchant_id, subscription_id, change))
    return _answer(
        change_item(call.collector, call.merchant_id, subscription_id, change, call.actor)
    )


def _require_released(message: wire.UpdateSubscriptionItem) -> None:
    """What later releases bring is refused, so that nobody believes it was done."""
    if message.coupon_code:
        raise NotAllowed(
            "coupon_unknown",
            "The coupon is unknown: there are no promotions yet",
            field="CouponCode",
        )
    if message.reset_billing_interval and not message.trigger_immediate_renewal:
        raise NotAllowed(
            "reset_requires_renewal",
            "ResetBillingInterval requires TriggerImmediateRenewal",
            field="ResetBillingInterval",
        )


def _alignment(settings: wire.AlignmentSettings) -> Alignment:
    return Alignment(
        align=settings.align_to_current_interval,
        extend=settings.extend_interval,
    )


def _own_price(price: wire.CustomerPrice | None) -> CustomerPrice | None:
    if price is None:
        return None
    return CustomerPrice(
        currency=price.currency_id,
        tax=TaxKind.GROSS if price.is_gross else TaxKind.NET,
        amount=price.value,
    )


def _answer(prices: Prices) -> wire.ItemPrices:
    currency = prices.currency
    alignment = amounts(prices.alignment, currency)
    billing = amounts(prices.next_billing, currency)
    renewal = amounts(prices.next_renewal, currency)
    return wire.ItemPrices(
        alignment_customer_gross_price=alignment.gross,
        alignment_customer_net_price=alignment.net,
        alignment_customer_vat_price=alignment.vat,
        next_billing_customer_gross_price=billing.gross,
        next_billing_customer_net_price=billing.net,
        next_billing_customer_vat_price=billing.vat,
        next_renewal_customer_gross_price=renewal.gross,
        next_renewal_customer_net_price=renewal.net,
        next_renewal_customer_vat_price=renewal.vat,
        price_currency_id=currency,
        result_message="OK",
    )
