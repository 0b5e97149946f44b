"""Sign a customer up: keep the card, save the order, take the money."""

import msgspec

from tollbridge.commands import sign_up as command
from tollbridge.commands.sign_up import SignUpRequest
from tollbridge.domain.purchase import PurchaseStatus
from tollbridge.domain.records import records_of
from tollbridge.domain.refusal import known_merchant
from tollbridge.flows.collecting import Collector
from tollbridge.ports import Platform
from tollbridge.queries.journal import purchases_of


class SignedUp(msgspec.Struct, frozen=True, kw_only=True):
    """The purchase, how its payment went so far, and the subscriptions it started."""

    purchase_id: int
    status: PurchaseStatus
    subscription_ids: tuple[int, ...]


def sign_up(collector: Collector, merchant_id: int, request: SignUpRequest, actor: str) -> SignedUp:
    """The sign-up as it stands after the first attempt to charge it.

    Raises what `decide_sign_up` raises, then what the gateway says of the card: a refused order
    leaves none with it.
    """
    platform = collector.platform
    merchant = known_merchant(platform.store.merchant(merchant_id), merchant_id)
    command.require_possible(platform, merchant, request)
    kept = request.card and platform.gateway.store_card(merchant_id, request.card)
    card = kept or command.BY_HAND
    decision = command.sign_up(platform, merchant, request, card, actor)
    collector.collect(decision, actor)
    purchase_id = records_of(decision.changes).purchases[0].id
    ids = tuple(change.after.id for change in decision.changes)
    return _outcome(platform, merchant_id, purchase_id, ids)


def signed_up_by(platform: Platform, merchant_id: int, command_id: str) -> SignedUp:
    """The sign-up that was saved under this command, as it stands now."""
    [opened] = purchases_of(platform, merchant_id, command_id)
    return _outcome(platform, merchant_id, opened.purchase_id, opened.subscription_ids)


def _outcome(
    platform: Platform, merchant_id: int, purchase_id: int, subscription_ids: tuple[int, ...]
) -> SignedUp:
    purchase = platform.store.purchase(merchant_id, purchase_id)
    return SignedUp(
        purchase_id=purchase_id,
        status=purchase.status if purchase else PurchaseStatus.NEW,
        subscription_ids=subscription_ids,
    )
