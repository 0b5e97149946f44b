"""Ask the gateway whether it knows a newer card than the stored one (subscription-api.md 2.11)."""

from tollbridge.commands.change_profile import update_card
from tollbridge.commands.saving import require_held
from tollbridge.domain.decision import require_active
from tollbridge.ports import Platform


def update_account(platform: Platform, merchant_id: int, subscription_id: int, actor: str) -> None:
    """Raises NotFound for the subscription, NotAllowed for a status other than Active (R18)."""
    held = require_held(platform, merchant_id, subscription_id)
    require_active(held.subscription)
    card = platform.gateway.update_card(merchant_id, held.payment_method)
    if card is not None:
        update_card(platform, merchant_id, subscription_id, card, actor)
