"""The example receiver beside a running platform: who may use what, kept in step by deliveries."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from socket import create_server
from threading import Thread

from examples.receiver.receiver import Entitlements, serve
from tests.commands.running import Server, serving

SEAT, GOLD, PLATINUM = 292973, 292122, 294581
CHAOS = {"duplicate": 40, "reorder": 20, "server_error": 20}
ALIGNED = {"AlignToCurrentInterval": True}


def test_the_table_follows_the_subscription(tmp_path: Path) -> None:
    """10 to 20 users, fewer again, an item more, cancelled, brought back, a year of bills."""
    with serving("--demo", "--memory", cwd=tmp_path) as platform, receiving(platform) as table:
        number = bought(platform)
        assert in_step(platform, table, number) == {1: (SEAT, 10, "ACT")}
        ask(platform, "updatesubscriptionitem", number, **item(SEAT, 20), AlignmentSettings=ALIGNED)
        assert in_step(platform, table, number) == {1: (SEAT, 20, "ACT")}
        ask(platform, "updatesubscriptionitem", number, **item(SEAT, 4))  # from the next bill on
        ask(platform, "addsubscriptionitem", number, ProductId=GOLD, Quantity=1)
        assert in_step(platform, table, number, advance="P32D") == {
            1: (SEAT, 4, "ACT"),
            2: (GOLD, 1, "ACT"),
        }
        ask(platform, "deactivatesubscriptionitems", number, Items=[2])
        assert in_step(platform, table, number)[2] == (GOLD, 1, "DEA")
        ask(platform, "reinstatesubscriptionitems", number, Items=[2])
        assert in_step(platform, table, number)[2] == (GOLD, 1, "ACT")
        assert in_step(platform, table, number, advance="P1Y") == {
            1: (SEAT, 4, "ACT"),
            2: (GOLD, 1, "ACT"),
        }
        ask(platform, "deactivatesubscriptionitems", number, Items=[1, 2])
        assert {row[2] for row in in_step(platform, table, number).values()} == {"DEA"}


@contextmanager
def receiving(platform: Server) -> Iterator[Entitlements]:
    """The example, told of everything, twice and in the wrong order now and then."""
    with create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    wanted = {"name": "example", "url": f"http://127.0.0.1:{port}/hook", "chaos": CHAOS}
    added = platform.post("/tollbridge/endpoints", wanted)
    assert added.status_code == 200, added.text
    with closing(sqlite3.connect(":memory:", check_same_thread=False)) as connection:
        entitlements = Entitlements(connection, [added.json()["secret"]])
        server = serve(entitlements, port)
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield entitlements
        finally:
            server.shutdown()
            server.server_close()
            thread.join()


def bought(platform: Server) -> str:
    """The subscription of a customer of ten seats."""
    contact = {"email": "jana@customer.example", "country_id": "DE", "language_id": "de"}
    order = {
        "items": [{"product_id": SEAT, "quantity": 10}],
        "currency": "USD",
        "customer": {"contact": contact},
        "card": {"number": "4242424242424242", "expiry_month": 12, "expiry_year": 2031},
    }
    answer = platform.post("/tollbridge/sandbox/purchases", order)
    assert answer.status_code == 200, answer.text
    [number] = answer.json()["subscription_ids"]
    return str(number)


def item(product: int, quantity: int) -> dict[str, int]:
    """The only item, as it is to be."""
    return {"RunningNumber": 1, "ProductId": product, "Quantity": quantity}


def ask(platform: Server, call: str, number: str, **asked: object) -> None:
    """A call about the subscription that must be carried out."""
    answer = platform.post(f"/subscription/{call}", {"SubscriptionId": number, **asked})
    assert answer.status_code == 200, answer.text


def in_step(
    platform: Server, table: Entitlements, number: str, advance: str = "P1D"
) -> dict[int, tuple[int, int, str]]:
    """The receiver's rows once the clock has moved on (R24): product, quantity and status by item.

    They are what the API answers now.
    """
    moved = platform.post("/tollbridge/sandbox/clock", {"advance": advance})
    assert moved.status_code == 200, moved.text
    answer = platform.get("/subscription/getsubscription", params={"SubscriptionId": number})
    told = json.loads(answer.text)
    rows = [row for row in table.all() if row.subscription_id == int(number.removeprefix("S"))]
    for row in rows:
        assert row.valid_until == instant(told["Subscription"]["NextBillingDate"])
    return {row.item: (row.product_id, row.quantity, row.status) for row in rows}


def instant(text: str) -> datetime:
    """A date of the API (R25)."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
