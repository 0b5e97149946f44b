"""Move the items of one subscription into another, or preview what that would cost (V5)."""

from tollbridge.commands.saving import (
    context_of,
    decide_and_save,
    fresh_purchase,
    require_held,
    time_of,
)
from tollbridge.domain.alignment import Alignment
from tollbridge.domain.decision import BLANK, Decision, Fresh, Prices
from tollbridge.domain.merger import decide_merger
from tollbridge.ports import Platform


def preview(
    platform: Platform, merchant_id: int, primary_id: int, secondary_id: int, alignment: Alignment
) -> Prices:
    """The prices that the alignment would be answered with: the same decision, not saved."""
    return _decide(
        platform, merchant_id, primary_id, secondary_id, alignment, BLANK, generate_mail=False
    ).answer


def align_subscriptions(
    platform: Platform,
    merchant_id: int,
    primary_id: int,
    secondary_id: int,
    alignment: Alignment,
    *,
    generate_mail: bool,
    actor: str,
) -> Decision:
    """Save the alignment; its charge is an attempt that is still to be made.

    Raises what `decide_merger` raises, NotFound for either subscription, Busy (R7).
    """

    def decide() -> Decision:
        return _decide(
            platform,
            merchant_id,
            primary_id,
            secondary_id,
            alignment,
            fresh_purchase(platform, merchant_id),
            generate_mail=generate_mail,
        )

    return decide_and_save(platform, decide, name="alignsubscriptions", actor=actor)


def _decide(
    platform: Platform,
    merchant_id: int,
    primary_id: int,
    secondary_id: int,
    alignment: Alignment,
    fresh: Fresh,
    *,
    generate_mail: bool,
) -> Decision:
    primary = require_held(platform, merchant_id, primary_id)
    secondary = require_held(platform, merchant_id, secondary_id)
    return decide_merger(
        primary.subscription,
        secondary.subscription,
        alignment,
        context_of(platform, primary, fresh=fresh, now=time_of(platform, [primary, secondary])),
        generate_mail=generate_mail,
    )
