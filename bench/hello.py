"""The least that uvicorn can serve, to compare the start with: `python -m bench.hello PORT`."""

import sys

import uvicorn
from starlette.types import Receive, Scope, Send


async def hello(scope: Scope, _: Receive, send: Send) -> None:
    """Answer whatever is asked."""
    assert scope["type"] == "http"
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"hello"})


if __name__ == "__main__":
    uvicorn.run(hello, host="127.0.0.1", port=int(sys.argv[1]), lifespan="off", log_level="error")
