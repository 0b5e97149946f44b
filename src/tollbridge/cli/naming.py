"""What arguments name: merchants, subscriptions, instants."""

from datetime import datetime

from tollbridge.cli.telling import CommandError, Exit
from tollbridge.domain.merchant import Merchant
from tollbridge.domain.refusal import known_merchant
from tollbridge.ports import Platform
from tollbridge.rest.dates import instant


def merchants_of(platform: Platform, merchant_id: int | None) -> tuple[Merchant, ...]:
    """The merchant with this id, NotFound for none; without an id all."""
    if merchant_id is None:
        return platform.store.merchants()
    return (known_merchant(platform.store.merchant(merchant_id), merchant_id),)


def the_merchant(platform: Platform, merchant_id: int | None, *, sandbox: bool = False) -> Merchant:
    """The merchant with this id; without an id the only one, of the sandbox ones if so asked."""
    found = merchants_of(platform, merchant_id)
    if merchant_id is None and sandbox:
        found = tuple(merchant for merchant in found if merchant.clock is not None)
    if len(found) != 1:
        kind = "sandbox merchants" if sandbox else "merchants"
        message = f"there are {len(found)} {kind}: say which with --merchant"
        raise CommandError(Exit.USAGE, message, reason="merchant_missing")
    return found[0]


def subscription_number(text: str) -> int:
    """The number of a subscription that is written as S67531904, s67531904 or 67531904."""
    digits = text.removeprefix("S").removeprefix("s")
    if not (digits.isascii() and digits.isdigit()):
        message = f"{text!r} is no subscription such as S67531904"
        raise CommandError(Exit.USAGE, message, reason="subscription_invalid")
    return int(digits)


def instant_of(text: str, name: str) -> datetime:
    """The instant of an argument of this name, RFC 3339 in any form; UTC without a zone."""
    try:
        return instant(text)
    except ValueError as error:
        raise CommandError(Exit.USAGE, f"{name} {error}", reason="time_invalid") from None
