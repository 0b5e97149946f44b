"""The requests that are measured, as bytes."""

from base64 import b64encode
from collections.abc import Mapping

import msgspec

from bench import bare, place

HOST = "127.0.0.1"


def request(method: str, target: str, body: object = None) -> bytes:
    """A request with good credentials; anything but None is sent as JSON."""
    token = b64encode(f"{place.USERNAME}:{place.SECRET}".encode()).decode()
    content = b"" if body is None else msgspec.json.encode(body)
    headers = {
        "Host": HOST,
        "Authorization": f"Basic {token}",
        "Accept": "application/json",
    }
    if content:
        headers |= {"Content-Type": "application/json", "Content-Length": str(len(content))}
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {text}" for name, text in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + content


def getsubscription(subscription_id: int) -> bytes:
    """Read a subscription with all its versions."""
    return request("GET", f"/subscription/getsubscription?SubscriptionId=S{subscription_id}")


def preview(subscription_id: int, product_id: int, quantity: int) -> bytes:
    """What an aligned change would cost (table 3.1): the fields of the published requests."""
    change = {
        "AlignmentSettings": {
            "AlignToCurrentInterval": True,
            "ExtendInterval": False,
            "GetCustomerPricePreviewOnly": True,
        },
        "GenerateMail": True,
        "ProductId": product_id,
        "Quantity": quantity,
        "RunningNumber": 1,
        "SubscriptionId": f"S{subscription_id}",
        "UpdateAction": "upgrade",
    }
    return request("POST", "/subscription/updatesubscriptionitem", change)


BARE = "bare"
REQUESTS: Mapping[str, bytes] = {
    BARE: request("GET", f"{bare.PATH}?SubscriptionId=S{place.SEATS}"),
    "getsubscription": getsubscription(place.SEATS),
    "preview": preview(place.SEATS, place.SEAT, 15),
    "preview_other_product": preview(place.SINGLE, place.PLATINUM, 1),
    "getsubscription_120": getsubscription(place.LONG),
    "bare_async": request("GET", f"{bare.PATH_ASYNC}?SubscriptionId=S{place.SEATS}"),
}
