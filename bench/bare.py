"""What the platform is compared with: the least that can answer from the same row.

A Starlette endpoint that checks the same credential and gives back the bytes of the subscription's
document, through the driver alone, on the very connections that the store uses.
"""

import hashlib
import hmac
from base64 import b64decode
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tollbridge.ports import Store
from tollbridge.rest.threads import Pool

PATH = "/bare"
PATH_ASYNC = "/bare-async"
PATH_OWN_POOL = "/bare-own-pool"

CREDENTIAL = (
    "SELECT c.merchant_id, s.salt, s.secret_hash FROM credential c JOIN credential_secret s"
    " ON s.merchant_id = c.merchant_id AND s.username = c.username AND s.revoked_at IS NULL"
    " WHERE c.username = {}"
)
DOCUMENT = "SELECT document FROM subscription WHERE merchant_id = {} AND id = {}"

Row = tuple[Any, ...]
Select = Callable[[str, tuple[object, ...]], Row | None]
Run = Callable[[Callable[[Select], Response]], Response]


def application(store: Store, pool: Pool) -> Starlette:
    """The bare endpoints.

    A `def` one, which Starlette runs in its thread pool; the same in `pool`, the platform's own;
    and an `async def` one, for which the loop itself waits for the database.
    """
    engine = getattr(store, "_engine")  # noqa: B009 - of no concern to anybody but this benchmark
    run, mark = (_on_sqlite(engine), "?") if hasattr(engine, "ledger") else (_on_pool(engine), "%s")
    credential, document = CREDENTIAL.format(mark), DOCUMENT.format(mark, mark)

    def answer(request: Request) -> Response:
        """The document of the subscription that the query names."""
        name, secret = _basic(request.headers["authorization"])
        number = int(request.query_params["SubscriptionId"].lstrip("S"))

        def read(select: Select) -> Response:
            known = select(credential, (name,))
            if known is None:
                return Response(status_code=401)
            merchant_id, salt, secret_hash = known
            if not hmac.compare_digest(hashlib.sha256(salt + secret).digest(), secret_hash):
                return Response(status_code=401)
            found = select(document, (merchant_id, number))
            if found is None:
                return Response(status_code=404)
            return Response(found[0], media_type="application/json")

        return run(read)

    async def answer_async(request: Request) -> Response:
        return answer(request)

    async def answer_in_own_pool(request: Request) -> Response:
        response: Response = await pool.run(answer, request)
        return response

    return Starlette(
        routes=[
            Route(PATH, answer),
            Route(PATH_ASYNC, answer_async),
            Route(PATH_OWN_POOL, answer_in_own_pool),
        ]
    )


def _basic(header: str) -> tuple[str, bytes]:
    name, _, secret = b64decode(header.partition(" ")[2]).partition(b":")
    return name.decode(), secret


def _on_sqlite(engine: Any) -> Run:  # noqa: ANN401 - see `application`
    """Reads on the reader connection of the thread."""

    def run(read: Callable[[Select], Response]) -> Response:
        execute = engine._reader().execute  # noqa: SLF001 - see `application`
        return read(lambda sql, values: execute(sql, values).fetchone())

    return run


def _on_pool(engine: Any) -> Run:  # noqa: ANN401 - see `application`
    """Reads on a connection of the pool, taken out once."""
    pool = engine._pool  # noqa: SLF001 - see `application`

    def run(read: Callable[[Select], Response]) -> Response:
        connection = pool.getconn()
        try:
            execute = connection.execute
            return read(lambda sql, values: execute(sql, values, binary=True).fetchone())
        finally:
            pool.putconn(connection)

    return run
