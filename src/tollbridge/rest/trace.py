"""What is remembered of a request while it is served: for its log line and nothing else."""

from collections.abc import Mapping

from tollbridge.rest.refusals import Turned

TRACE = "tollbridge.trace"  # its key in the ASGI scope
_ID_MAX = 64
_ID_LETTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-")


class Trace:
    """One request: its id, its headers, and how it ended. Nothing personal goes to the log."""

    __slots__ = ("error", "headers", "merchant_id", "path", "reason", "request_id", "status")

    def __init__(self, request_id: str, headers: Mapping[bytes, bytes]) -> None:
        self.request_id = request_id
        self.headers = headers
        self.merchant_id = 0
        self.path = ""  # of the endpoint, with the names of its variable parts
        self.status = 0
        self.reason = ""
        self.error: Exception | None = None

    def failed(self, error: Exception, turned: Turned) -> None:
        """Note why the request was turned away; the error itself where it is a failure."""
        self.reason = turned.reason
        if turned.status >= 500:  # noqa: PLR2004 - failures of ours
            self.error = error


def given_id(header: bytes | None) -> str | None:
    """The caller's request id if it is fit for a log line: letters, digits, `._-`, at most 64."""
    if header is None or not 0 < len(header) <= _ID_MAX:
        return None
    text = header.decode("latin-1")
    return text if _ID_LETTERS.issuperset(text) else None
