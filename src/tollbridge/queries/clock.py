"""What time it is for a sandbox merchant (R23)."""

from datetime import datetime

from tollbridge.domain.refusal import known_merchant
from tollbridge.ports import Platform


def read_clock(platform: Platform, merchant_id: int) -> datetime:
    """The sandbox clock; NotAllowed for a live merchant, NotFound for an unknown one."""
    return known_merchant(platform.store.merchant(merchant_id), merchant_id).sandbox_clock()
