"""The requests that are measured, as bytes."""

from base64 import b64encode
from collections.abc import Mapping

import msgspec

from bench import bare, place
from bench.server import HOST, OWN_POOL_HOST


def request(method: str, target: str, body: object = None, *, host: str = HOST) -> bytes:
    """A request with good credentials; anything but None is sent as JSON."""
    token = b64encode(f"{place.USERNAME}:{place.SECRET}".encode()).decode()
    content = b"" if body is None else msgspec.json.encode(body)
    headers = {
        "Host": host,
        "Authorization": f"Basic {token}",
        "Accept": "application/json",
    }
    if content:
        headers |= {"Content-Type": "application/json", "Content-Length": str(len(content))}
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {text}" for name, text in headers.items())]
    return "\r\n".join([*lines, "", ""]).encode() + content


def getsubscription(subscription_id: int, host: str = HOST) -> bytes:
    """Read a subscription with all its versions."""
    target = f"/subscription/getsubscription?SubscriptionId=S{subscription_id}"
    return request("GET", target, host=host)


def preview(subscription_id: int, product_id: int, quantity: int, host: str = HOST) -> bytes:
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
    return request("POST", "/subscription/updatesubscriptionitem", change, host=host)


def bare_read(path: str) -> bytes:
    """The same row as `getsubscription` reads."""
    return request("GET", f"{path}?SubscriptionId=S{place.SEATS}")


def addition(subscription_id: int) -> bytes:
    """One more item, in force now and charged at once for the rest of the interval."""
    joining = {
        "AlignmentSettings": {"AlignToCurrentInterval": True, "ExtendInterval": False},
        "GenerateMail": True,
        "ProductId": place.SEAT,
        "Quantity": 1,
        "SubscriptionId": f"S{subscription_id}",
    }
    return request("POST", "/subscription/addsubscriptionitem", joining)


BARE = "bare"
SINGLE_REQUESTS: Mapping[str, bytes] = {
    BARE: bare_read(bare.PATH),
    "getsubscription": getsubscription(place.SEATS),
    "preview": preview(place.SEATS, place.SEAT, 15),
    "preview_other_product": preview(place.SINGLE, place.PLATINUM, 1),
    "getsubscription_120": getsubscription(place.LONG),
    "own_pool_getsubscription": getsubscription(place.SEATS, OWN_POOL_HOST),
    "own_pool_preview": preview(place.SEATS, place.SEAT, 15, OWN_POOL_HOST),
    "own_pool_bare": bare_read(bare.PATH_OWN_POOL),
    "bare_async": bare_read(bare.PATH_ASYNC),
}
# What changes something asks for another subscription each time: one charge at a time (R7).
REQUESTS: Mapping[str, tuple[bytes, ...]] = {
    **{name: (each,) for name, each in SINGLE_REQUESTS.items()},
    "addsubscriptionitem": tuple(addition(number) for number in place.GROWING),
}
