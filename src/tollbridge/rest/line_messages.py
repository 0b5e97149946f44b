"""What an item agrees and what a line charges, with the arithmetic, for a reader."""

from decimal import Decimal
from typing import Annotated

from tollbridge.rest.messages import Answer, told


class Amount(Answer, frozen=True, kw_only=True):
    """An amount in the main unit of the entry's currency; gross = net + vat."""

    gross: Annotated[Decimal, told("With tax", Decimal("50.32"))]
    net: Annotated[Decimal, told("Without tax", Decimal("42.29"))]
    vat: Annotated[Decimal, told("The tax", Decimal("8.03"))]


class PriceTier(Answer, frozen=True, kw_only=True):
    """What each unit costs from one on."""

    first: Annotated[int, told("From this unit on", 1)]
    amount: Annotated[Decimal, told("Per unit", Decimal("5.0"))]


class TermsText(Answer, frozen=True, kw_only=True):
    """What an item version agrees."""

    product_id: Annotated[int, told("The product", 292973)]
    product_name: Annotated[str, told("Its name", "Cloudify Seat")]
    product_name_en: Annotated[str, told("Its English name, for reports", "")]
    product_name_extension: Annotated[str, told("Addition to the name", "")]
    quantity: Annotated[int, told("Units", 10)]
    tax: Annotated[str, told("Whether prices are gross or net", "gross")]
    tiers: Annotated[tuple[PriceTier, ...], told("The price of each unit")]
    interval: Annotated[str, told("ISO 8601", "P1M")]
    billing_interval: Annotated[str | None, told("Between instalments; null: paid at once")]
    recurrence_count: Annotated[int | None, told("Renewals at most; null: no end")]
    customer_price: Annotated[bool, told("Whether the price came with the call", example=False)]


class ShareText(Answer, frozen=True, kw_only=True):
    """One side of a line: price x quantity = whole, whole x factor = amount. Exact figures."""

    price: Annotated[str, told("Per unit", "150.00 gross")]
    quantity: Annotated[int, told("Units", 1)]
    whole: Annotated[str, told("Of a whole interval", "150")]
    factor: Annotated[str, told("The part of an interval", "364/365")]
    amount: Annotated[str, told("What counts", "99.676164")]
    conversion: Annotated[
        str, told("How a credit came into the tax kind of the new price, if it had another", "")
    ]
    limited_by: Annotated[str, told("What limited a credit, if anything did", "")]


class ReductionText(Answer, frozen=True, kw_only=True):
    """What a coupon took off a line (R15)."""

    code: Annotated[str, told("The coupon", "BD3-1KK-UN3")]
    promotion_id: Annotated[int, told("The promotion", 17)]
    promotion_name: Annotated[str, told("Its name", "Spring")]
    rule: Annotated[str, told("A part of the price, or a fixed amount", "10 %")]
    amount: Annotated[str, told("What this line got of it", "1.5")]
    full: Annotated[Amount, told("What the line would have come to without")]


class DueText(Answer, frozen=True, kw_only=True):
    """Which instalment a line is: what is due with all up to it, less what was due before it."""

    number: Annotated[int, told("From 1", 3)]
    of: Annotated[int, told("Instalments of an interval", 12)]
    before: Annotated[str, told("What the instalments before it come to, rounded", "16.67")]


class ExplanationText(Answer, frozen=True, kw_only=True):
    """How a line's amount came about: charge less discount and credit, rounded once (R10, R11)."""

    charge: Annotated[ShareText, told("What the new terms cost")]
    instalment: Annotated[DueText | None, told("Which part of the price; null: all of it")]
    discount: Annotated[ReductionText | None, told("What a coupon took off")]
    credit: Annotated[ShareText | None, told("What is given back for the old ones")]
    days_left: Annotated[int | None, told("Whole days until the billing date", 364)]
    days_nominal: Annotated[int | None, told("Days of the interval", 365)]
    exact: Annotated[
        str, told("Before rounding; of an instalment with all that are before it", "50.323836")
    ]
    rounding: Annotated[str, told("How it was rounded", "half up to 2 decimals")]


class LineText(Answer, frozen=True, kw_only=True):
    """One line of a purchase."""

    running_no: Annotated[int, told("Its number", 1)]
    item_running_no: Annotated[int, told("The item it bills", 1)]
    item_version: Annotated[int, told("The version of the item", 2)]
    product_id: Annotated[int, told("The product", 294581)]
    product_name: Annotated[str, told("Its name", "Cloudify Platinum")]
    quantity: Annotated[int, told("Units", 1)]
    amount: Annotated[Amount, told("What is charged")]
    rate: Annotated[Decimal, told("Tax rate as a share", Decimal("0.19"))]
    rate_source: Annotated[str, told("Where the rate is from", "DE since 2007-01-01")]
    covers_days: Annotated[int, told("Nominal days that it pays for", 364)]
    explanation: Annotated[ExplanationText, told("How the amount came about")]
