"""A client whose classes take no null for an amount, no text for a number, no fraction for an id.

usage: strict_types.py BASE_URL USER PASSWORD
"""

import base64
import json
import sys
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.request import ProxyHandler, Request, build_opener

import msgspec


class Prices(msgspec.Struct):
    """What adding, aligning and updating answer; each amount is a decimal that is no null."""

    AlignmentCustomerGrossPrice: Decimal
    AlignmentCustomerNetPrice: Decimal
    AlignmentCustomerVatPrice: Decimal
    NextBillingCustomerGrossPrice: Decimal
    NextBillingCustomerNetPrice: Decimal
    NextBillingCustomerVatPrice: Decimal
    PriceCurrencyId: str
    ResultMessage: str


class PurchaseItem(msgspec.Struct):
    """Where an item was bought."""

    PurchaseId: int
    PurchaseItemRunningNo: int
    SubscriptionIntervalNo: int
    BillingIntervalNo: int


class Item(msgspec.Struct):
    """An item version; its status is a number."""

    RunningNo: int
    ProductId: int
    SubscriptionId: int
    Quantity: int
    Status: int
    Version: int
    IsCurrent: bool
    VersionActiveDate: datetime
    NextBillingCustomerGrossPrice: Decimal
    NextBillingCustomerNetPrice: Decimal
    NextBillingCustomerVatPrice: Decimal
    SubscriptionPurchaseItems: list[PurchaseItem]
    PromotionId: int | None
    RecurrenceCount: int | None


class Subscription(msgspec.Struct):
    """A subscription; its ids are numbers, its dates carry no zone."""

    Id: int
    CustomerId: int
    Subscriptionstatus: int
    RenewalType: str
    NextBillingDate: datetime
    StartDate: datetime
    EndDate: datetime | None
    NextBillingCustomerGrossPrice: Decimal
    NextBillingCustomerNetPrice: Decimal
    NextBillingCustomerVatPrice: Decimal
    Items: list[Item]


class Found(msgspec.Struct):
    """What getsubscription answers."""

    Subscription: Subscription
    ResultMessage: str


base_url, user, password = sys.argv[1:]
credentials = base64.b64encode(f"{user}:{password}".encode()).decode()
opener = build_opener(ProxyHandler({}))


def call(path: str, body: dict[str, Any] | None = None) -> bytes:
    """The answer's body, which is kept for the log."""
    req = Request(  # noqa: S310 - the caller names the server
        base_url + path,
        data=None if body is None else json.dumps(body).encode(),
        headers={
            "Authorization": "Basic " + credentials,
            "Accept": "application/json",
            "Content-Type": "application/json",
        },
    )
    with opener.open(req) as res:
        text: bytes = res.read()
    sys.stdout.write(text.decode("utf-8") + "\n")
    return text


found = msgspec.json.decode(
    call("/subscription/getsubscription?subscriptionid=S12345678"), type=Found, strict=True
)
for item in found.Subscription.Items:
    change: dict[str, Any] = {
        "SubscriptionId": f"S{found.Subscription.Id}",
        "RunningNumber": item.RunningNo,
        "ProductId": item.ProductId,
        "Quantity": item.Quantity + 1,
        "RecommendationsetId": 0,
        "UpdateAction": 0,
        "GenerateMail": False,
        "AlignmentSettings": {"AlignToCurrentInterval": item.RunningNo == 1},
    }
    prices = msgspec.json.decode(
        call("/subscription/updatesubscriptionitem", change), type=Prices, strict=True
    )
    if prices.ResultMessage != "OK":
        sys.exit(f"not OK: {prices.ResultMessage}")
