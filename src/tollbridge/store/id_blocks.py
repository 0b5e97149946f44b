"""Ids: reserved in blocks by a short transaction of their own, handed out from memory."""

from threading import Lock

from tollbridge.ports import Series
from tollbridge.store.engine import Engine, Writer

BLOCK = 100
FIRST = {
    Series.SUBSCRIPTION: 10_000_001,
    Series.PURCHASE: 500_000_001,
    Series.CUSTOMER: 100_000_001,
    Series.PAYMENT_METHOD: 1,
    Series.ENDPOINT: 1,
    Series.NOTIFICATION: 1,
    Series.MAIL: 1,
}


class IdBlocks:
    """Ids of every merchant and series, never the same twice, whoever else issues them.

    Rows may come with ids of their own (an import, the demo): a block in which one stands is
    passed over. One that is put into a block already reserved is a CONFLICT at the save that
    comes second, never an overwritten row.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = Lock()
        self._left: dict[tuple[int, Series], range] = {}

    def issue(self, merchant_id: int, series: Series, count: int) -> range:
        """`count` ids in a row; what is left of a block that is too short is given up."""
        with self._lock:
            left = self._left.get((merchant_id, series), range(0))
            if len(left) < count:
                left = self._reserve(merchant_id, series, max(count, BLOCK))
            self._left[merchant_id, series] = left[count:]
            return left[:count]

    def _reserve(self, merchant_id: int, series: Series, size: int) -> range:
        with self._engine.writing() as writer:
            while True:
                block = _next_block(writer, merchant_id, series, size)
                taken = _highest_taken(writer, merchant_id, series, block)
                if taken is None:
                    return block
                writer.change(
                    "move_block",
                    {"merchant_id": merchant_id, "series": series.value, "next_id": taken + 1},
                )


def _next_block(writer: Writer, merchant_id: int, series: Series, size: int) -> range:
    row = writer.row(
        "reserve_block",
        {
            "merchant_id": merchant_id,
            "series": series.value,
            "first": FIRST[series],
            "size": size,
        },
    )
    assert row is not None  # noqa: S101 - RETURNING always gives the row
    return range(row[0], row[0] + size)


def _highest_taken(writer: Writer, merchant_id: int, series: Series, block: range) -> int | None:
    row = writer.row(
        f"highest_{series.value}",
        {"merchant_id": merchant_id, "low": block.start, "high": block.stop - 1},
    )
    return row[0] if row else None
