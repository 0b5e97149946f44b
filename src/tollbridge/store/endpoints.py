"""Endpoints with their sealed secrets."""

from typing import Any

import msgspec

from tollbridge.domain.endpoint import Endpoint, EndpointSecrets
from tollbridge.store.engine import Engine, Row
from tollbridge.store.rows import Mapped, encode, microseconds_or_none
from tollbridge.store.values import instant_or_none

COLUMNS = ("merchant_id", "id", "active", "disabled_at")  # of Endpoint, not in its document


class Endpoints:
    """The endpoints of a database."""

    _engine: Engine

    def endpoints(self, merchant_id: int) -> tuple[Endpoint, ...]:
        """The merchant's endpoints by id, those that are not active too, removed ones not."""
        found = self._engine.rows("endpoints", {"merchant_id": merchant_id})
        return tuple(_endpoint(merchant_id, row) for row in found)

    def endpoint_secrets(self, merchant_id: int, endpoint_id: int) -> EndpointSecrets | None:
        """The sealed secrets of an endpoint, None when there is none with this id."""
        wanted = {"merchant_id": merchant_id, "id": endpoint_id}
        row = self._engine.row("endpoint_secrets", wanted)
        if row is None:
            return None
        signing, previous, previous_until, password = row
        return EndpointSecrets(
            signing=signing,
            previous=previous,
            previous_until=instant_or_none(previous_until),
            password=password,
        )

    def put_endpoint(self, endpoint: Endpoint, secrets: EndpointSecrets) -> None:
        """Insert or replace an endpoint."""
        with self._engine.writing() as writer:
            writer.change("put_endpoint", _row(endpoint, secrets))

    def remove_endpoint(self, merchant_id: int, endpoint_id: int) -> bool:
        """Take an endpoint away with its secrets; False when there is none."""
        with self._engine.writing() as writer:
            wanted = {"merchant_id": merchant_id, "id": endpoint_id}
            return writer.change("remove_endpoint", wanted) > 0


def _row(endpoint: Endpoint, secrets: EndpointSecrets) -> Mapped:
    document = msgspec.to_builtins(endpoint)
    for name in COLUMNS:
        del document[name]
    return {
        "merchant_id": endpoint.merchant_id,
        "id": endpoint.id,
        "active": int(endpoint.active),
        "disabled_at": microseconds_or_none(endpoint.disabled_at),
        "document": encode(document),
        "signing": secrets.signing,
        "previous": secrets.previous,
        "previous_until": microseconds_or_none(secrets.previous_until),
        "password": secrets.password,
    }


def _endpoint(merchant_id: int, row: Row) -> Endpoint:
    number, active, disabled_at, document = row
    columns: dict[str, Any] = {
        "merchant_id": merchant_id,
        "id": number,
        "active": bool(active),
        "disabled_at": instant_or_none(disabled_at),
    }
    return msgspec.convert(msgspec.json.decode(document) | columns, Endpoint)
