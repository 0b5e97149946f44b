"""The double-entry book: accounts, postings, and the entries of what happens to a purchase."""

from datetime import datetime
from enum import Enum

import msgspec

from tollbridge.domain.money import Split


class Account(Enum):
    """The accounts of the double-entry book."""

    RECEIVABLE = "receivable"
    REVENUE = "revenue"
    VAT = "vat"
    CASH = "cash"


class Posting(msgspec.Struct, frozen=True, kw_only=True):
    """One side of an entry: debit positive, credit negative, minor units.

    The postings of one entry (`subscription_id`, `sequence`: the event that caused them) sum to 0.
    """

    merchant_id: int
    subscription_id: int
    sequence: int
    account: Account
    purchase_id: int
    amount: int
    currency: str
    at: datetime


def opening(amount: Split) -> dict[Account, int]:
    """The entry of what is billed: the customer owes it."""
    return {
        Account.RECEIVABLE: amount.gross,
        Account.REVENUE: -amount.net,
        Account.VAT: -amount.vat,
    }


def capture(gross: int) -> dict[Account, int]:
    """The entry of money that came in for what was billed."""
    return {Account.CASH: gross, Account.RECEIVABLE: -gross}


def giving_back(amount: Split) -> dict[Account, int]:
    """The entry of money that went back: billing and capture with the sign turned (R14)."""
    return {
        Account.CASH: -amount.gross,
        Account.REVENUE: amount.net,
        Account.VAT: amount.vat,
    }
