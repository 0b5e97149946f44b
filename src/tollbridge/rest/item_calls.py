"""The calls that add and change items (subscription-api.md 2.1, 2.7, 2.15, 2.16)."""

from tollbridge.commands import add_item as adding
from tollbridge.commands import change_item as changing
from tollbridge.domain.alignment import Alignment
from tollbridge.domain.decision import Prices
from tollbridge.domain.item_addition import ItemAddition
from tollbridge.domain.item_change import ItemChange, Renewal
from tollbridge.domain.money import TaxKind
from tollbridge.domain.terms import CustomerPrice, Names
from tollbridge.flows import add_item as addition_flow
from tollbridge.flows import change_item as change_flow
from tollbridge.rest import item_messages as wire
from tollbridge.rest.endpoint import Call
from tollbridge.rest.subscription_answer import amounts


def add_item(call: Call[wire.AddSubscriptionItem]) -> wire.ItemPrices:
    """The call addsubscriptionitem: an item that joins, or what it would cost."""
    message = call.message
    addition = ItemAddition(
        product_id=message.product_id,
        quantity=message.quantity,
        customer_price=_own_price(message.customer_price),
        names=_names(message),
        alignment=alignment_of(message.alignment_settings),
        coupon_code=message.coupon_code,
        affiliate_id=message.affiliate_id or None,
        generate_mail=message.generate_mail,
        call="addsubscriptionitem",
    )
    where = call.merchant_id, message.subscription_id
    if message.alignment_settings.get_customer_price_preview_only:
        prices = adding.preview(call.platform, *where, addition)
    else:
        prices = addition_flow.add_item(call.collector, *where, addition, call.actor)
    return prices_answer(prices)


def increase_quantity(call: Call[wire.IncreaseSubscriptionItemQuantity]) -> wire.ItemPrices:
    """The call increasesubscriptionitemquantity: units on top of what there are."""
    message = call.message
    change = ItemChange(
        running_no=message.running_number,
        more=message.quantity,
        alignment=alignment_of(message.alignment_settings),
        generate_mail=message.generate_mail,
        call="increasesubscriptionitemquantity",
    )
    return _changed(call, message, change)


def update_item(call: Call[wire.UpdateSubscriptionItem]) -> wire.ItemPrices:
    """The call updatesubscriptionitem: a new version, or what it would cost (table 3.1)."""
    message = call.message
    renewal = Renewal(reset=message.reset_billing_interval)
    change = ItemChange(
        running_no=message.running_number,
        product_id=message.product_id,
        quantity=message.quantity,
        customer_price=_own_price(message.customer_price),
        names=_names(message),
        coupon_code=message.coupon_code,
        renewal=renewal if message.trigger_immediate_renewal else None,
        reset=message.reset_billing_interval,
        alignment=alignment_of(message.alignment_settings),
        action=message.update_action,
        generate_mail=message.generate_mail,
        call="updatesubscriptionitem",
    )
    return _changed(call, message, change)


def update_item_price(call: Call[wire.UpdateSubscriptionItemPrice]) -> wire.ItemPrices:
    """The call updatesubscriptionitemprice: a new price, and perhaps quantity, for the item."""
    message = call.message
    change = ItemChange(
        running_no=message.running_number,
        quantity=message.quantity,
        customer_price=_own_price(message.customer_price),
        alignment=alignment_of(message.alignment_settings),
        recalculate=message.force_price_recalculation,
        action=message.update_action,
        generate_mail=message.generate_mail,
        call="updatesubscriptionitemprice",
    )
    return _changed(call, message, change)


Changing = (
    wire.IncreaseSubscriptionItemQuantity
    | wire.UpdateSubscriptionItem
    | wire.UpdateSubscriptionItemPrice
)


def _changed(
    call: Call[wire.IncreaseSubscriptionItemQuantity]
    | Call[wire.UpdateSubscriptionItem]
    | Call[wire.UpdateSubscriptionItemPrice],
    message: Changing,
    change: ItemChange,
) -> wire.ItemPrices:
    where = call.merchant_id, message.subscription_id
    if message.alignment_settings.get_customer_price_preview_only:
        return prices_answer(changing.preview(call.platform, *where, change))
    return prices_answer(change_flow.change_item(call.collector, *where, change, call.actor))


def _names(message: wire.AddSubscriptionItem | wire.UpdateSubscriptionItem) -> Names:
    """The names given; an empty ProductName leaves the name as it is."""
    return Names(
        name=message.product_name or None,
        name_en=message.product_name_en,
        extension=message.product_name_extension,
    )


def alignment_of(settings: wire.AlignmentSettings) -> Alignment:
    """When a change takes effect (table 3.1)."""
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


def prices_answer(prices: Prices) -> wire.ItemPrices:
    """The nine price fields, for previews and committed changes alike."""
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
