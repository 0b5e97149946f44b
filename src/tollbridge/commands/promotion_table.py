"""The `[[promotion]]` tables of a catalog file (docs/reference/catalog-file.md)."""

from decimal import Decimal

from tollbridge.commands.catalog_keys import currency_of, instant_of
from tollbridge.commands.table_reading import Table
from tollbridge.domain.money import TaxKind
from tollbridge.domain.promotion import FixedAmount, Promotion, folded

BILLINGS_MAX = 9999
USES_MAX = 1_000_000
CODE_LENGTH_MAX = 50
PERCENT_MAX = 100


def read_promotions(file: Table, merchant_id: int) -> tuple[Promotion, ...]:
    """All promotions of the file; ids and codes stand for one promotion each."""
    ids: dict[int, str] = {}
    codes: dict[str, str] = {}
    promotions = []
    for table in file.tables("promotion"):
        promotion = _promotion(table, merchant_id)
        if promotion.id in ids:
            table.problem("id", f"{promotion.id} is the id of {ids[promotion.id]} already", None)
        elif promotion.id:
            ids[promotion.id] = table.path
        for code in promotion.codes:
            owner = codes.setdefault(folded(code), table.path)
            if owner != table.path:
                table.problem("codes", f"{code!r} is a code of {owner} already", None)
        promotions.append(promotion)
    return tuple(promotions)


def _promotion(table: Table, merchant_id: int) -> Promotion:
    valid_from, valid_to = instant_of(table, "valid_from"), instant_of(table, "valid_to")
    if valid_from is not None and valid_to is not None and valid_to <= valid_from:
        table.problem("valid_to", "must be later than valid_from", None)
    if table.has("percent") == table.has("fixed"):
        table.problem("percent", "a promotion needs either percent or fixed", None)
    promotion = Promotion(
        merchant_id=merchant_id,
        id=table.id("id"),
        name=table.text("name"),
        percent=_percent(table),
        fixed=_fixed(table),
        billings=table.optional_count("billings", 0, BILLINGS_MAX),
        valid_from=valid_from,
        valid_to=valid_to,
        products=table.ids("products"),
        max_uses=table.optional_count("max_uses", 1, USES_MAX),
        codes=_codes(table),
    )
    table.end()
    return promotion


def _percent(table: Table) -> Decimal | None:
    """A part of the price; None when there is none or it cannot be read."""
    if not table.has("percent"):
        return None
    percent = table.amount("percent")
    if not 0 < percent <= PERCENT_MAX:
        return table.problem(
            "percent", f'must be above "0" and at most "{PERCENT_MAX}"', Decimal(1)
        )
    return percent


def _fixed(promotion: Table) -> tuple[FixedAmount, ...]:
    amounts: dict[str, FixedAmount] = {}
    for table in promotion.tables("fixed"):
        currency = currency_of(table)
        amount = FixedAmount(currency, table.choice("tax", TaxKind.GROSS), table.amount("amount"))
        if currency in amounts:
            table.problem("currency", f"the promotion has an amount in {currency} already", None)
        elif currency:
            amounts[currency] = amount
        table.end()
    return tuple(amounts.values())


def _codes(table: Table) -> tuple[str, ...]:
    """The coupon codes, such as BD3-1KK-UN3 or free text; any case is one code."""
    codes: dict[str, str] = {}
    for code in table.texts("codes"):
        if len(code) > CODE_LENGTH_MAX or any(letter.isspace() for letter in code):
            message = f"{code!r} must be one word of at most {CODE_LENGTH_MAX} characters"
            table.problem("codes", message, None)
        elif folded(code) in codes:
            table.problem("codes", f"{code!r} is there already", None)
        codes[folded(code)] = code
    if not codes:
        table.problem("codes", "a promotion needs at least one code", None)
    return tuple(codes.values())
