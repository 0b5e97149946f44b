"""The parts that notifications share: contacts, payment, prices."""

from functools import lru_cache

from msgspec import UNSET, UnsetType

from tollbridge.domain import customer as domain
from tollbridge.domain.money import ZERO, Split, round_ratio
from tollbridge.domain.names import country_name, currency_name, language_name, locale_of
from tollbridge.domain.written import amount
from tollbridge.notices.model import (
    CardExpiration,
    Contact,
    Payment,
    Price,
    Prices,
    Profit,
)
from tollbridge.notices.words import COMPANY_TYPE

REMEMBERED = 4096  # a merchant's prices and contacts recur

NO_MARGIN = "0.0"


def present(text: str) -> str | UnsetType:
    """A text, absent where it is empty."""
    return text or UNSET


@lru_cache(maxsize=REMEMBERED)
def contact_of(contact: domain.Contact) -> Contact:
    """A contact without street, city and phone numbers."""
    return Contact(
        language=language_name(contact.language_id),
        language_id=contact.language_id,
        locale=locale_of(contact.language_id),
        company=present(contact.company),
        company_type=present(COMPANY_TYPE.get(contact.company_type_id, contact.company_type_id)),
        company_type_id=present(contact.company_type_id),
        firstname=present(contact.firstname),
        lastname=present(contact.lastname),
        company_romanized=_romanized(contact.company),
        firstname_romanized=_romanized(contact.firstname),
        lastname_romanized=_romanized(contact.lastname),
        country=country_name(contact.country_id),
        country_id=contact.country_id,
        email=contact.email,
    )


def _romanized(text: str) -> str | UnsetType:
    """What is written in ASCII is romanized already; the rest is left to who can read it."""
    return present(text) if text.isascii() else UNSET


def payment_of(method: domain.PaymentMethod, currency: str) -> Payment:
    """How the customer pays, in the currency of the purchase."""
    expires = CardExpiration(month=method.expiry_month, year=method.expiry_year)
    return Payment(
        currency=currency_name(currency),
        currency_id=currency,
        payment_type=method.type_name,
        payment_type_id=method.type_id,
        is_purchase_order=bool(method.net_days),
        card_last_four_digits=present(method.last_four),
        card_expiration_date=expires if method.expiry_month else UNSET,
    )


@lru_cache(maxsize=REMEMBERED)
def price_of(split: Split, currency: str) -> Price:
    """An amount as it is written."""
    return Price(
        net_price=amount(split.net, currency),
        vat_price=amount(split.vat, currency),
        gross_price=amount(split.gross, currency),
    )


@lru_cache(maxsize=REMEMBERED)
def prices_of(charged: Split, full: Split, quantity: int, currency: str) -> Prices:
    """What a line costs: `full` before a coupon, `charged` after it."""
    discount = full + -charged
    nothing = price_of(ZERO, currency)
    return Prices(
        product_single_price=_single(full, quantity, currency),
        product_total_price=price_of(full, currency),
        promotion_discount_single_price=_single(discount, quantity, currency),
        promotion_discount_total_price=price_of(discount, currency),
        shipping_single_price=nothing,
        shipping_total_price=nothing,
        total_single_price=_single(charged, quantity, currency),
        total_total_price=price_of(charged, currency),
    )


def _single(total: Split, quantity: int, currency: str) -> Price:
    """One unit's part of a line; the line stays the unit of rounding (R10)."""
    gross, net = round_ratio(total.gross, quantity), round_ratio(total.net, quantity)
    return price_of(Split(gross, net, gross - net), currency)


@lru_cache(maxsize=REMEMBERED)
def profit_of(split: Split, currency: str) -> Profit:
    """What is left of an amount: all but the tax, as the merchant sells in its own name."""
    nothing = amount(0, currency)
    net = amount(split.net, currency)
    return Profit(
        gross_revenue=amount(split.gross, currency),
        collected_vat=amount(split.vat, currency),
        net_revenue=net,
        cb_margin_percentage=NO_MARGIN,
        cb_margin_fix=nothing,
        cb_shipping_fee=nothing,
        cb_marketing_fee=nothing,
        affiliate_commission=nothing,
        your_net_profit=net,
        your_vat=nothing,
        your_gross_profit=net,
    )
