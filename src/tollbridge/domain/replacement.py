"""Which product may take the place of another, and whether that is an upgrade (seed 000)."""

from collections.abc import Iterable
from enum import Enum

import msgspec

from tollbridge.domain.refusal import NotAllowed


class Direction(Enum):
    """Whether the product that comes is more or less than the one that goes."""

    UP = "up"
    DOWN = "down"


class Replaced(msgspec.Struct, frozen=True):
    """A product whose place another may take, and the direction of that."""

    product: int
    direction: Direction


def direction_from(replaces: Iterable[Replaced], product_id: int) -> Direction | None:
    """The direction of replacing this product; None when that is not foreseen."""
    return next((one.direction for one in replaces if one.product == product_id), None)


def require_foreseen(replaces: Iterable[Replaced], old_id: int, new_id: int) -> None:
    """NotAllowed unless the new product, which `replaces` belongs to, may replace the old one."""
    if direction_from(replaces, old_id) is None:
        raise NotAllowed(
            "replacement_not_foreseen",
            f"Product {new_id} cannot replace product {old_id}",
            field="ProductId",
        )
