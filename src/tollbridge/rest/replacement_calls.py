"""The calls about products that may take each other's place (seed 000, step 2)."""

from tollbridge.commands.change_replacements import change_replacements
from tollbridge.domain.decision import Prices
from tollbridge.domain.money import Split
from tollbridge.domain.replacement import Replaced
from tollbridge.ports import Platform
from tollbridge.queries import replacements as query
from tollbridge.rest import replacement_messages as wire
from tollbridge.rest.endpoint import Call
from tollbridge.rest.journal_answer import length_or_none
from tollbridge.rest.line_messages import Amount
from tollbridge.rest.subscription_answer import amounts


def get_replacements(call: Call[wire.ReadReplacements]) -> wire.ProductReplacements:
    """What a product replaces and is replaced by."""
    return _answer(call.platform, call.merchant_id, call.message.product_id)


def put_replacements(call: Call[wire.PutReplacements]) -> wire.ProductReplacements:
    """Put another list in the place of what a product replaces, and answer as for reading."""
    product_id = call.message.product_id
    replaces = [Replaced(one.product_id, one.direction) for one in call.message.replaces]
    change_replacements(call.platform, call.merchant_id, product_id, replaces)
    return _answer(call.platform, call.merchant_id, product_id)


def _answer(platform: Platform, merchant_id: int, product_id: int) -> wire.ProductReplacements:
    found = query.product_replacements(platform, merchant_id, product_id)
    return wire.ProductReplacements(
        product_id=found.product.id,
        name=found.product.name,
        replaces=tuple(
            wire.ReplacedText(product_id=one.product, direction=one.direction.value)
            for one in found.product.replaces
        ),
        replaced_by=tuple(
            wire.ReplacingText(product_id=one.id, name=one.name, direction=direction.value)
            for one, direction in found.replaced_by
        ),
    )


def get_item_replacements(call: Call[wire.ReadItemReplacements]) -> wire.ItemReplacements:
    """What may take an item's place now, with the prices of the change."""
    asked = call.message
    found = query.item_replacements(
        call.platform, call.merchant_id, asked.subscription_id, asked.running_no
    )
    return wire.ItemReplacements(
        subscription_id=f"S{asked.subscription_id}",
        running_no=asked.running_no,
        currency=found.currency,
        replacements=tuple(_possible(one) for one in found.options),
    )


def _possible(one: query.PossibleReplacement) -> wire.PossibleReplacement:
    later, now = one.next_billing, one.aligned
    return wire.PossibleReplacement(
        product_id=one.product.id,
        name=one.product.name,
        direction=one.direction.value,
        interval=str(one.product.interval),
        billing_interval=length_or_none(one.product.billing_interval),
        next_billing=_amount(later.next_billing, later.currency),
        aligned=None if now is None else _aligned(now),
        refusal=one.refusal,
    )


def _aligned(prices: Prices) -> wire.AlignedText:
    return wire.AlignedText(
        charged=_amount(prices.alignment, prices.currency),
        next_billing=_amount(prices.next_billing, prices.currency),
    )


def _amount(split: Split, currency: str) -> Amount:
    gross, net, vat = amounts(split, currency)
    return Amount(gross=gross, net=net, vat=vat)
