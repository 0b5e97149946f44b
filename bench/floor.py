"""The floor of the billing benchmark: the very rows of a run, written by nothing but the driver.

    python -m bench.floor URL FILE

`FILE` holds what a worker wrote, transaction by transaction (`bench.billing_worker --record`).
Everything is prepared before the clock runs: on PostgreSQL the bytes of each COPY and the arrays
of each UPDATE, on SQLite the parameters of each executemany. Same indexes, same durability.
"""

import gc
import pickle
import re
import sqlite3
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter
from typing import Any

import msgspec

from tollbridge.store.engine import Row, Write, row_statements
from tollbridge.store.opening import sqlite_path

Step = Callable[[], object]

_INSERT = re.compile(r"\s*(?:--[^\n]*\n\s*)*INSERT INTO (\w+) \(([^)]*)\)")

# One statement for all rows of a batch, the columns as arrays in the order of the rows.
_UPDATES = {
    "update_subscriptions": """
        UPDATE subscription s SET
            customer_id = v.customer_id, payment_method_id = v.payment_method_id,
            status = v.status, due_at = v.due_at, revision = v.revision, document = v.document,
            parked_at = NULL, parked_error = ''
        FROM unnest(
            %b::bigint[], %b::bigint[], %b::bigint[], %b::bigint[], %b::text[], %b::bigint[],
            %b::bigint[], %b::bytea[]
        ) v (merchant_id, id, customer_id, payment_method_id, status, due_at, revision, document)
        WHERE s.merchant_id = v.merchant_id AND s.id = v.id""",
    "settle_attempts": """
        UPDATE payment_attempt a SET
            result = v.result, reference = v.reference, code = v.code, settled_at = v.settled_at
        FROM unnest(
            %b::bigint[], %b::bigint[], %b::bigint[], %b::text[], %b::text[], %b::text[],
            %b::bigint[]
        ) v (merchant_id, purchase_id, try_no, result, reference, code, settled_at)
        WHERE a.merchant_id = v.merchant_id AND a.purchase_id = v.purchase_id
            AND a.try_no = v.try_no""",
    "move_purchases": """
        UPDATE purchase p SET status = v.status, paid_at = v.paid_at
        FROM unnest(%b::bigint[], %b::bigint[], %b::text[], %b::bigint[])
            v (merchant_id, purchase_id, status, paid_at)
        WHERE p.merchant_id = v.merchant_id AND p.id = v.purchase_id""",
}


def on_sqlite(url: str, transactions: Sequence[Sequence[Write]]) -> list[Step]:
    """Each transaction as prepared executemany calls."""
    connection = sqlite3.connect(sqlite_path(url), isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    known = row_statements("sqlite", "sqlite3")

    def step(writes: Sequence[tuple[str, Sequence[Row]]]) -> None:
        connection.execute("BEGIN IMMEDIATE")
        for text, rows in writes:
            connection.executemany(text, rows)
        connection.execute("COMMIT")

    steps: list[Step] = []
    for writes in transactions:
        prepared = [(known[name].text, known[name].arranged(rows)) for name, rows in writes]
        steps.append(lambda prepared=prepared: step(prepared))  # type: ignore[misc]
    return steps


def on_postgres(url: str, transactions: Sequence[Sequence[Write]]) -> list[Step]:
    """Each transaction as COPY blobs and UPDATEs from arrays."""
    import psycopg  # noqa: PLC0415 - SQLite is measured without PostgreSQL's driver
    from psycopg._copy_base import BinaryFormatter  # noqa: PLC0415
    from psycopg.adapt import Transformer  # noqa: PLC0415

    from tollbridge.store.postgres import begin_session  # noqa: PLC0415 - the same plans

    connection = psycopg.connect(url, autocommit=True, prepare_threshold=0)
    begin_session(connection)
    known = row_statements("postgres", "psycopg")
    types: dict[str, dict[str, int]] = {}
    for table, column, oid in connection.execute(
        "SELECT c.relname, a.attname, a.atttypid::int FROM pg_attribute a"
        " JOIN pg_class c ON c.oid = a.attrelid"
        " WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0"
    ):
        types.setdefault(table, {})[column] = oid

    def copied(table: str, columns: Sequence[str], rows: Sequence[Row]) -> tuple[str, bytes]:
        cursor = connection.cursor()
        formatter = BinaryFormatter(Transformer(cursor))
        formatter.transformer.set_dumper_types(
            [types[table][column] for column in columns], formatter.format
        )
        blob = b"".join([bytes(formatter.write_row(row)) for row in rows] + [formatter.end()])
        names = ", ".join(columns)
        return f"COPY {table} ({names}) FROM STDIN (FORMAT BINARY)", blob

    def step(writes: Sequence[tuple[str, Any]]) -> None:
        connection.execute("BEGIN")
        for text, what in writes:
            if isinstance(what, bytes):
                with connection.cursor().copy(text) as copy:
                    copy.write(what)
            else:
                connection.execute(text, what)
        connection.execute("COMMIT")

    steps: list[Step] = []
    for writes in transactions:
        prepared: list[tuple[str, Any]] = []
        for name, rows in writes:
            if name in _UPDATES:
                prepared.append(
                    (_UPDATES[name], [list(column) for column in zip(*rows, strict=True)])
                )
                continue
            found = _INSERT.match(known[name].text)
            if found is None:
                raise ValueError(f"{name} is no INSERT and not known to the floor")
            columns = [column.strip() for column in found[2].split(",")]
            prepared.append(copied(found[1], columns, known[name].arranged(rows)))
        steps.append(lambda prepared=prepared: step(prepared))  # type: ignore[misc]
    return steps


def main() -> None:
    """Write what was recorded; the seconds that it took, on one line."""
    url, file = sys.argv[1:]
    transactions = pickle.loads(Path(file).read_bytes())  # noqa: S301 - written by our own worker
    make = on_postgres if url.startswith("postgres") else on_sqlite
    steps = make(url, transactions)
    del transactions
    gc.collect()
    gc.freeze()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    began = perf_counter()
    for step in steps:
        step()
    seconds = perf_counter() - began
    sys.stdout.buffer.write(msgspec.json.encode({"seconds": seconds}) + b"\n")


if __name__ == "__main__":
    main()
