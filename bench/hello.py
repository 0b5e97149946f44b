"""The least that uvicorn can serve, to compare the start with: `python -m bench.hello PORT`."""

import sys
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

import uvicorn

Message = MutableMapping[str, Any]


async def hello(
    scope: Message,
    _: Callable[[], Awaitable[Message]],
    send: Callable[[Message], Awaitable[None]],
) -> None:
    """Answer whatever is asked."""
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


if __name__ == "__main__":
    uvicorn.run(hello, host="127.0.0.1", port=int(sys.argv[1]), lifespan="off", log_level="error")
