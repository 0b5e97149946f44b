"""Take a user's access away: the next request is refused."""

from tollbridge.commands.rotate_credential import unknown_user
from tollbridge.ports import Platform


def revoke_credential(platform: Platform, merchant_id: int, username: str) -> None:
    """Raises NotFound for a user that the merchant has not, or whose access was revoked."""
    if not platform.store.revoke_credential(merchant_id, username, platform.wall()):
        raise unknown_user(merchant_id, username)
