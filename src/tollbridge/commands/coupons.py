"""What a coupon code is worth at this moment."""

from zlib import crc32

from tollbridge.domain.promotion import Offer, Promotion, folded
from tollbridge.ports import Platform


def offer_of(platform: Platform, merchant_id: int, code: str) -> Offer | None:
    """The promotion of a code with a use that is free; None for a code that nobody knows.

    The use is claimed when it is saved (R15): whoever finds it taken has to ask again.
    """
    promotion = platform.store.promotion_of_code(merchant_id, folded(code)) if code else None
    if promotion is None:
        return None
    return Offer(
        promotion=promotion,
        code=promotion.written(code),
        use_no=_free_use(platform, merchant_id, promotion),
    )


def _free_use(platform: Platform, merchant_id: int, promotion: Promotion) -> int | None:
    """One of the free uses at random, so that many who come at once do not all want the same."""
    if promotion.max_uses is None:
        return 0
    free = platform.store.free_uses(merchant_id, promotion.id, promotion.max_uses)
    return free[crc32(platform.new_key().encode()) % len(free)] if free else None
