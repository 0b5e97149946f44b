"""Who is told: the endpoints of a merchant."""

from tollbridge.domain.endpoint import Endpoint
from tollbridge.domain.refusal import known_endpoint, known_merchant
from tollbridge.ports import Platform


def read_endpoints(platform: Platform, merchant_id: int) -> tuple[Endpoint, ...]:
    """All of them by id, those that are not active too; NotFound for the merchant."""
    known_merchant(platform.store.merchant(merchant_id), merchant_id)
    return platform.store.endpoints(merchant_id)


def read_endpoint(platform: Platform, merchant_id: int, endpoint_id: int) -> Endpoint:
    """The endpoint with this id; NotFound when there is none."""
    found = [one for one in platform.store.endpoints(merchant_id) if one.id == endpoint_id]
    return known_endpoint(found[0] if found else None, endpoint_id)
