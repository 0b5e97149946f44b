"""Ask another server what the published documents print, and say what agrees and what differs.

    python -m tests.conformance --base-url http://127.0.0.1:8000 --user cloudify --password cloudify

The requests are carried out: they change and charge subscriptions. docs/how-to/conformance.md
"""

import argparse
import base64
import sys
from collections.abc import Sequence
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import OpenerDirector, ProxyHandler, Request, build_opener

from tests.conformance.printed import DEMO
from tests.conformance.register import REGISTER
from tests.conformance.replay import differences_of

SECONDS = 30
AGREES, DIFFERS, UNREACHED = 0, 1, 2
HERE = {"127.0.0.1", "localhost", "::1"}


class Server:
    """A server somewhere, asked as the guides ask."""

    def __init__(self, base_url: str, user: str, password: str) -> None:
        self._base_url = base_url.rstrip("/")
        token = base64.b64encode(f"{user}:{password}".encode()).decode()
        self._credentials = {"Authorization": f"Basic {token}"}
        self._opener = _opener(base_url)

    def __call__(
        self, method: str, target: str, body: bytes, *, authorised: bool = True
    ) -> tuple[int, bytes]:
        """Status and body of the answer to a request."""
        headers = {"Accept": "application/json", "Content-Type": "application/json"}
        if authorised:
            headers |= self._credentials
        request = Request(  # noqa: S310 - the caller names the server
            self._base_url + target, data=body or None, headers=headers, method=method
        )
        try:
            with self._opener.open(request, timeout=SECONDS) as answer:
                return answer.status, answer.read()
        except HTTPError as refusal:
            with refusal:
                return refusal.code, refusal.read()


def _opener(base_url: str) -> OpenerDirector:
    """A proxy of the environment is passed by on the way to this machine."""
    return build_opener(ProxyHandler({})) if urlsplit(base_url).hostname in HERE else build_opener()


def main(arguments: Sequence[str] | None = None) -> int:
    """0 when everything that was asked agrees, 1 when something differs, 2 without a server."""
    given = _arguments().parse_args(arguments)
    server = Server(given.base_url, given.user, given.password)
    try:
        return _report(server, everything=given.all)
    except (URLError, OSError) as error:
        sys.stderr.write(f"{given.base_url} does not answer: {error}\n")
        return UNREACHED


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.conformance", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--base-url", required=True, help="such as http://127.0.0.1:8000")
    parser.add_argument("--user", required=True)
    parser.add_argument("--password", required=True)
    parser.add_argument(
        "--all", action="store_true", help="also what needs other subscriptions than the demo has"
    )
    return parser


def _report(server: Server, *, everything: bool) -> int:
    agree = differ = left_out = 0
    for flow in REGISTER:
        for exchange in flow.exchanges:
            request = exchange.request
            label = f"{request.where}  {request.method} {request.target.partition('?')[0]}"
            if flow.stage != DEMO and not everything:
                left_out += 1
                _say(f"left out  {label}  (needs the stage '{flow.stage}')")
                continue
            found = list(differences_of(exchange, server))
            agree, differ = agree + (not found), differ + bool(found)
            _say(f"{'differs ' if found else 'agrees  '}  {label}")
            for text in found:
                _say(f"            {text}")
    _say(f"{agree} agree, {differ} differ, {left_out} left out")
    return DIFFERS if differ else AGREES


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
