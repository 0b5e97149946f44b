"""Record what a gateway answered for an attempt; a fact that is never refused (R7)."""

from collections.abc import Sequence

from tollbridge.commands.saving import decide_and_save, time_of
from tollbridge.domain.decision import Decision
from tollbridge.domain.facts import Parties
from tollbridge.domain.settlement import Settlement, decide_settlement
from tollbridge.ports import Command, Held, Platform, Saved

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
        return _decided(platform, settlement, held)

    return decide_and_save(platform, decide, name="settle", actor=actor, tries=SETTLE_TRIES)


def settle_all(
    platform: Platform, merchant_id: int, settlements: Sequence[Settlement], actor: str
) -> None:
    """Settle many attempts in one transaction; what others changed meanwhile, one by one.

    Raises what `settle` raises.
    """
    open_in: dict[int, list[Held]] = {one.purchase_id: [] for one in settlements}
    for held in platform.store.held_of_purchase(merchant_id, *open_in):
        for purchase in held.subscription.purchases:
            open_in.get(purchase.id, []).append(held)
    decided = [
        (one, _decided(platform, one, open_in[one.purchase_id]))
        for one in settlements
        if open_in[one.purchase_id]  # else it is settled already
    ]
    news = [(one, decision) for one, decision in decided if decision.changed]
    command = Command(
        id=platform.new_key(), actor=actor, name="settle", recorded_at=platform.wall()
    )
    saved = platform.store.save([decision for _, decision in news], command)
    for (one, _), outcome in zip(news, saved, strict=True):
        if outcome is not Saved.SAVED:
            settle(platform, merchant_id, one, actor)


def _decided(platform: Platform, settlement: Settlement, held: Sequence[Held]) -> Decision:
    return decide_settlement(
        {one.subscription.id: one.subscription for one in held},
        settlement,
        time_of(platform, held),
        Parties(held[0].customer, held[0].payment_method),
    )
