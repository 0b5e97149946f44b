"""Requests with an Idempotency-Key: saved with their effect, answered again and never redone."""

from datetime import datetime

from msgspec.structs import asdict

from tollbridge.domain.request import (
    REQUESTS_KEPT,
    KeptAnswer,
    KeyedRequest,
    RequestKey,
    StoredRequest,
)
from tollbridge.ports import AlreadyAskedError, Command
from tollbridge.store.engine import Engine, Reader, Row, Writer
from tollbridge.store.rows import Mapped, to_instant, to_microseconds


def claim(writer: Writer, command: Command) -> None:
    """Save the request of a command, if it has one, in the transaction of its effect.

    The first statement of its transaction: of two that ask the same at once the second waits
    here, before it has locked or changed anything. Raises AlreadyAskedError when the key is taken.
    """
    if command.request is not None and not _claimed(writer, command, command.request):
        raise AlreadyAskedError(command.request.key.key)


def found(reader: Reader, key: RequestKey, now: datetime) -> StoredRequest | None:
    """What was asked under this key and is not yet forgotten."""
    row = reader.row("request", {**asdict(key), "expired": _expired(now)})
    return None if row is None else _stored(key, row)


def keep(engine: Engine, command: Command) -> StoredRequest:
    """Save a request that had no effect; what is stored under its key."""
    request = command.request
    if request is None or request.answer is None:
        message = "what is kept is a request with its answer"
        raise ValueError(message)
    with engine.writing() as writer:
        _claimed(writer, command, request)
        stored = found(writer, request.key, command.recorded_at)
    assert stored is not None  # noqa: S101 - it was there or is there now
    return stored


def finish(engine: Engine, request: StoredRequest, answer: KeptAnswer) -> KeptAnswer:
    """Save the answer of a request that was saved without; the first one that came."""
    wanted = {
        **asdict(request.key),
        **_answer_columns(answer),
        "command_id": request.command_id,
    }
    with engine.writing() as writer:
        if writer.change("finish_request", wanted):
            return answer
        stored = found(writer, request.key, request.started_at)
    return (stored and stored.answer) or answer


def forget(engine: Engine, merchant_id: int, now: datetime) -> int:
    """Delete what is older than it has to be kept."""
    with engine.writing() as writer:
        wanted = {"merchant_id": merchant_id, "expired": _expired(now)}
        return writer.change("forget_requests", wanted)


def _claimed(writer: Writer, command: Command, request: KeyedRequest) -> bool:
    wanted = {
        **asdict(request.key),
        **_answer_columns(request.answer),
        "body_hash": request.body_hash,
        "started_at": to_microseconds(command.recorded_at),
        "command_id": command.id,
        "expired": _expired(command.recorded_at),
    }
    return writer.change("claim_request", wanted) == 1


def _expired(now: datetime) -> int:
    return to_microseconds(now - REQUESTS_KEPT)


def _answer_columns(answer: KeptAnswer | None) -> Mapped:
    return {
        "status": answer and answer.status,
        "content_type": answer and answer.content_type,
        "answer": answer and answer.body,
    }


def _stored(key: RequestKey, row: Row) -> StoredRequest:
    body_hash, status, content_type, body, started_at, command_id = row
    answer = None
    if body is not None:
        answer = KeptAnswer(status=status, content_type=content_type, body=body)
    return StoredRequest(
        key=key,
        body_hash=body_hash,
        answer=answer,
        started_at=to_instant(started_at),
        command_id=command_id,
    )
