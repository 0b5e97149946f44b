"""What tests of notices share: endpoints, and an inbox in the place of their servers.

inbox = Inbox()
told = with_inbox(platform, inbox)            # the platform with it as its sender
endpoint = endpoint_of(told, CLOUDIFY)        # wants everything, unless told otherwise
notify(told, CLOUDIFY)                        # as the workers do, until nothing is left to do
"""

from base64 import b64decode
from collections.abc import Callable
from dataclasses import replace
from threading import Lock
from typing import Any

import msgspec

from tollbridge.domain.endpoint import Endpoint, EndpointSecrets
from tollbridge.domain.merchant import Mode
from tollbridge.domain.signing import signature
from tollbridge.flows.notifying import Notifying
from tollbridge.flows.tally import Sent
from tollbridge.ports import Platform, Post, Receipt, Series
from tollbridge.sealing import KEY_BYTES, Keyring

SECRET = b"s" * 32
OLDER = b"o" * 32
URL = "https://receiver.example/hook"
TAKEN = Receipt(status=200, reply=b"ok", seconds=0.01)
BROKEN = Receipt(status=500, reply=b"sorry", seconds=0.01)
GONE = Receipt(status=410, seconds=0.01)
AWAY = Receipt(error="connection: refused")

SEALER = Keyring([b"k" * KEY_BYTES], None, lambda count: b"n" * count)

Answer = Callable[[Post], Receipt]


class Inbox:
    """A sender that keeps what it is given, and answers as it is told."""

    def __init__(self, answer: Answer = lambda _: TAKEN) -> None:
        self.answer = answer
        self.posts: list[Post] = []
        self._lock = Lock()

    def require_allowed(self, url: str, mode: Mode) -> None:
        """Every address."""

    def post(self, post: Post, mode: Mode) -> Receipt:
        """Keep it, and answer."""
        assert mode in Mode
        with self._lock:
            self.posts.append(post)
        return self.answer(post)

    def close(self) -> None:
        """Nothing is held."""

    @property
    def types(self) -> list[str]:
        """The types of the notices, in the order in which they came."""
        return [str(read(post)["meta"]["type"]) for post in self.posts]

    @property
    def ids(self) -> list[str]:
        """The ids of the messages."""
        return [post.headers["webhook-id"] for post in self.posts]

    def sequences(self, stream: int) -> list[int]:
        """The numbers in a stream."""
        return [
            int(post.headers["Tollbridge-Sequence"])
            for post in self.posts
            if post.headers["Tollbridge-Stream"] == str(stream)
        ]


def read(post: Post) -> dict[str, Any]:
    """The document."""
    found: dict[str, Any] = msgspec.json.decode(post.body)
    return found


def is_signed(post: Post, secret: bytes = SECRET) -> bool:
    """Whether the secret has signed what was posted."""
    stamp = int(post.headers["webhook-timestamp"])
    wanted = signature(secret, post.headers["webhook-id"], stamp, post.body)
    return wanted in post.headers["webhook-signature"].split()


def credentials(post: Post) -> str:
    """The user name and the password that it bears."""
    return b64decode(post.headers["Authorization"].removeprefix("Basic ")).decode()


def with_inbox(platform: Platform, inbox: Inbox) -> Platform:
    """The platform with an inbox as its sender, and secrets sealed with a key."""
    return replace(platform, sender=inbox, sealer=SEALER)


def endpoint_of(
    platform: Platform,
    merchant_id: int,
    secrets: EndpointSecrets | None = None,
    **settings: Any,  # noqa: ANN401
) -> Endpoint:
    """A new endpoint; it wants everything unless told otherwise."""
    merchant = platform.store.merchant(merchant_id)
    assert merchant is not None
    [number] = platform.store.issue_ids(merchant_id, Series.ENDPOINT)
    given: dict[str, Any] = {
        "name": f"endpoint {number}",
        "url": URL,
        "created_at": merchant.now(platform.wall()),
    }
    endpoint = Endpoint(merchant_id=merchant_id, id=number, **(given | settings))
    platform.store.put_endpoint(endpoint, secrets or sealed(merchant_id))
    return endpoint


def sealed(merchant_id: int, signing: bytes = SECRET) -> EndpointSecrets:
    """The secret of an endpoint, sealed."""
    return EndpointSecrets(signing=SEALER.seal(merchant_id, signing, Mode.SANDBOX))


def notify(platform: Platform, merchant_id: int, *, nominal: bool = False) -> Sent:
    """Tell and deliver what there is by the merchant's clock; what it came to, mails aside."""
    merchant = platform.store.merchant(merchant_id)
    assert merchant is not None
    notifying = Notifying(platform, merchant_id, "test", nominal=nominal)
    total = Sent()
    try:
        for sent in notifying.up_to(merchant.now(platform.wall())):
            total.add(sent)
    finally:
        notifying.close()
    total.mails = 0
    return total
