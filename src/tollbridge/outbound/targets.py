"""Where to and how long: reading a URL that a merchant gave, by rules that need no lookup.

What is read here is what is connected to: no second parser looks at the text.
"""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address

import msgspec

from tollbridge.domain.merchant import Mode
from tollbridge.domain.refusal import Invalid, NotAllowed

FIELD = "url"
URL_MAX = 2000
HOST_MAX = 253
PORTS = {"https": 443, "http": 80}
FREE_PORTS = range(1024, 65536)

_URL = re.compile(
    r"(?P<scheme>[a-z][a-z0-9+.-]*)://"
    r"(?:(?P<user>[^/?#@]*)@)?"
    r"(?P<host>\[[0-9a-f:.]+\]|[a-z0-9._-]+)"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[^?#]*)?(?P<query>\?[^#]*)?",
    re.IGNORECASE,
)
_SPEAKABLE = re.compile(r"[\x21-\x7e]+")  # no blanks, no control characters, no other alphabets
_LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """How long a post may take, from lookup to reply, and how long connecting may take of it."""

    total_seconds: float = 30.0
    connect_seconds: float = 10.0


class Target(msgspec.Struct, frozen=True, kw_only=True):
    """Where a URL leads. `host` is a name in lower case or an address without brackets."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        """The header Host: the port only where it is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


def read_target(url: str, mode: Mode) -> Target:
    """Where a URL leads; Invalid for what is no such URL, NotAllowed for one against a rule."""
    match = _URL.fullmatch(url)
    if match is None or len(url) > URL_MAX or not _SPEAKABLE.fullmatch(url) or "\\" in url:
        raise Invalid(
            FIELD,
            "A URL such as https://hooks.example.com/path, of at most"
            f" {URL_MAX} printable ASCII characters and without a fragment",
            reason="endpoint_url_invalid",
        )
    scheme = match["scheme"].lower()
    _require_scheme(scheme, mode)
    if match["user"] is not None:
        raise Invalid(
            FIELD,
            "A URL has no user name and no password in it: they are the endpoint's own fields",
            reason="endpoint_userinfo",
        )
    return Target(
        scheme=scheme,
        host=_host(match["host"].lower()),
        port=_port(int(match["port"]) if match["port"] else PORTS[scheme]),
        path=(match["path"] or "/") + (match["query"] or ""),
    )


def _require_scheme(scheme: str, mode: Mode) -> None:
    if scheme not in PORTS:
        raise Invalid(FIELD, f"{scheme} is not https", reason="endpoint_url_invalid")
    if scheme == "http" and mode is Mode.LIVE:
        raise NotAllowed("endpoint_not_https", "A live merchant's endpoint has https", field=FIELD)


def _port(port: int) -> int:
    """Ports below 1024 belong to other services: nobody is to make us speak to them."""
    if port not in PORTS.values() and port not in FREE_PORTS:
        raise NotAllowed(
            "endpoint_port", "The port is 443, 80, or one from 1024 to 65535", field=FIELD
        )
    return port


def _host(host: str) -> str:
    """The host; Invalid for what could be taken for another one."""
    if host.startswith("["):
        try:
            return str(IPv6Address(host[1:-1]))
        except AddressValueError:
            raise Invalid(FIELD, "This is no IPv6 address", reason="endpoint_url_invalid") from None
    labels = host.split(".")
    if _NUMBER.fullmatch(labels[-1]) or (not labels[-1] and _NUMBER.fullmatch(labels[-2])):
        return _ipv4(host)
    if len(host) > HOST_MAX or not all(map(_LABEL.fullmatch, labels)):
        raise Invalid(FIELD, "This is no host name", reason="endpoint_url_invalid")
    return host


def _ipv4(host: str) -> str:
    """Four decimal numbers: systems read other forms (017700000001, 0x7f.1) as addresses too."""
    try:
        return str(IPv4Address(host))
    except AddressValueError:
        raise Invalid(
            FIELD,
            "An IPv4 address is four decimal numbers such as 198.51.100.7",
            reason="endpoint_host_number",
        ) from None
