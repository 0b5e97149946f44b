"""Promotions with their codes, and the uses that are still free (R15)."""

from collections.abc import Iterable

import msgspec

from tollbridge.domain.promotion import Promotion, folded
from tollbridge.store.engine import Engine
from tollbridge.store.errors import TakenError
from tollbridge.store.rows import encode

USES_OFFERED = 64  # so that those who apply a coupon at one time seldom take the same

_promotion = msgspec.json.Decoder(Promotion).decode


class Promotions:
    """The promotions of a database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def all(self, merchant_id: int) -> tuple[Promotion, ...]:
        """All promotions of the merchant by id."""
        found = self._engine.rows("promotions", {"merchant_id": merchant_id})
        return tuple(_promotion(document) for (document,) in found)

    def of_code(self, merchant_id: int, code: str) -> Promotion | None:
        """The promotion that the folded code belongs to."""
        row = self._engine.row("promotion_of_code", {"merchant_id": merchant_id, "code": code})
        return None if row is None else _promotion(row[0])

    def put(self, merchant_id: int, promotions: Iterable[Promotion]) -> bool:
        """Insert or replace promotions with their codes; False when one is another's."""
        wanted = list(promotions)
        ids = [(merchant_id, one.id) for one in wanted]
        documents = [(merchant_id, one.id, encode(one)) for one in wanted]
        codes = [(merchant_id, folded(code), one.id) for one in wanted for code in one.codes]
        try:
            with self._engine.writing() as writer:
                writer.write(
                    [("delete_codes", ids), ("put_promotions", documents), ("insert_codes", codes)]
                )
        except TakenError:
            return False
        return True

    def free_uses(self, merchant_id: int, promotion_id: int, most: int) -> tuple[int, ...]:
        """Some numbers from 1 to `most` that nobody holds; none when it was used so often."""
        wanted = {"merchant_id": merchant_id, "promotion_id": promotion_id}
        with self._engine.reading() as reader:
            lowest, highest = reader.row("use_bounds", wanted) or (None, None)
            if highest is None:
                return _numbers(1, most)
            if highest < most:
                return _numbers(highest + 1, most)
            (counted,) = reader.row("uses_counted", wanted) or (0,)
            if counted >= most:
                return ()
            page = {**wanted, "most": most, "page": USES_OFFERED}
            between = tuple(number for (number,) in reader.rows("given_back", page))
            return _numbers(1, lowest - 1) + between


def _numbers(first: int, last: int) -> tuple[int, ...]:
    return tuple(range(first, min(last, first + USES_OFFERED - 1) + 1))
