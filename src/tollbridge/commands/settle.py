"""Record what a gateway answered for an attempt; a fact that is never refused (R7)."""

from tollbridge.commands.saving import decide_and_save
from tollbridge.domain.decision import Decision
from tollbridge.domain.facts import Parties
from tollbridge.domain.settlement import Settlement, decide_settlement
from tollbridge.ports import Platform

SETTLE_TRIES = 10  # money has moved: insist where a change of terms would give up


def settle(platform: Platform, merchant_id: int, settlement: Settlement, actor: str) -> Decision:
    """Settle the attempt in every subscription that the purchase is of.

    An attempt that is settled already changes nothing. Raises Busy when others change the
    subscriptions again and again; the attempt then stays open and is asked about later.
    """

    def decide() -> Decision:
        held = platform.store.held_of_purchase(merchant_id, settlement.purchase_id)
        if not held:
            return Decision(changes=())
        return decide_settlement(
            {one.subscription.id: one.subscription for one in held},
            settlement,
            held[0].merchant.now(platform.wall()),
            Parties(held[0].customer, held[0].payment_method),
        )

    return decide_and_save(platform, decide, name="settle", actor=actor, tries=SETTLE_TRIES)
