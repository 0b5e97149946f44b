"""What the environment says, read once at the start (docs/reference/settings.md)."""

import re
from base64 import b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Mapping
from datetime import timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import msgspec

from tollbridge.domain.mail import is_address
from tollbridge.ports import MailServer

PREFIX = "TOLLBRIDGE_"
SWITCH = {"on": True, "off": False, "true": True, "false": False, "1": True, "0": False}
LOG_LEVELS = ("debug", "info", "warning", "error")

GATEWAYS = ("simulator", "stripe")
API_KEY_STARTS = ("sk_", "rk_")  # Stripe's secret and restricted keys

RATE_LIMIT = 30  # requests a second and address, as published (subscription-api.md 1.8)
RATE_LIMIT_MAX = 1_000_000
LEASE_SECONDS = 60
TOKEN_MIN = 16
LEASE_BOUNDS = range(5, 3601)
SECRET_KEY_BYTES = 32
ENDPOINT_SECONDS = 30
ENDPOINT_BOUNDS = range(1, 121)
SMTP_PORTS = {"smtp": 587, "smtps": 465}

_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f]{0,4}(:[0-9a-f]{0,4}){2,7}")  # a name, IPv4 or IPv6


class SettingsError(Exception):
    """The environment has a setting that cannot be used; the message names the variable."""


class ApiKey(msgspec.Struct, frozen=True):
    """A secret that shows itself in no log and no traceback."""

    secret: str

    def __repr__(self) -> str:
        return "ApiKey(...)"


class SecretKey(msgspec.Struct, frozen=True):
    """A key that seals secrets; it shows itself in no log and no traceback."""

    key: bytes

    def __repr__(self) -> str:
        return "SecretKey(...)"


class PrivateEndpoints(msgspec.Struct, frozen=True):
    """What notifications may be posted to beside public addresses.

    `sandbox` is this machine, for sandbox merchants; the networks are for all merchants.
    """

    sandbox: bool = False
    networks: tuple[IPv4Network | IPv6Network, ...] = ()


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """All settings. A field is the variable of its name: `log_level` is TOLLBRIDGE_LOG_LEVEL.

    None and an empty tuple mean that the variable is not set; what then holds is said in
    docs/reference/settings.md.
    """

    database: str | None = None
    simulator_book: Path | None = None
    public_url: str | None = None
    allowed_hosts: tuple[str, ...] = ()
    log_level: str = "info"
    rate_limit: int = RATE_LIMIT
    rate_limit_local: bool = False
    lease_seconds: int = LEASE_SECONDS
    metrics_token: str | None = None
    gateway: str = "simulator"
    stripe_api_key: ApiKey | None = None
    stripe_api_base: str | None = None
    secret_key: tuple[SecretKey, ...] = ()
    private_endpoints: PrivateEndpoints | None = None
    endpoint_seconds: int = ENDPOINT_SECONDS
    smtp_url: MailServer | None = None
    mail_from: str | None = None
    mail_sandbox: bool = False

    @property
    def lease(self) -> timedelta:
        """How long due work is held before it is taken over from who is silent."""
        return timedelta(seconds=self.lease_seconds)


def read_settings(environment: Mapping[str, str]) -> Settings:
    """The settings that the environment holds; an empty variable counts as not set.

    Raises SettingsError for a value that cannot be used. Other variables are left alone, whatever
    their name: container platforms make some of their own from the name of a service.
    """
    values: dict[str, Any] = {}
    for field, read in READERS.items():
        name = PREFIX + field.upper()
        if text := environment.get(name, ""):
            try:
                values[field] = read(text)
            except ValueError as error:
                raise SettingsError(f"{name}: {error}") from None
    settings = Settings(**values)
    if settings.gateway == "stripe":
        for field in ("stripe_api_key", "public_url"):
            if getattr(settings, field) is None:
                raise SettingsError(f"{PREFIX}{field.upper()}: Stripe needs it")
    if settings.smtp_url is not None and settings.mail_from is None:
        raise SettingsError(f"{PREFIX}MAIL_FROM: mails need an address to come from")
    return settings


def _public_url(text: str) -> str:
    url = urlsplit(text)
    if url.scheme not in {"http", "https"} or not url.hostname or url.query or url.fragment:
        raise ValueError(f"{text!r} is no address such as https://shop.example.com")
    return text.rstrip("/")


def _hosts(text: str) -> tuple[str, ...]:
    hosts = tuple(host.strip().lower().strip("[]") for host in text.split(",") if host.strip())
    for host in hosts:
        if host != "*" and not _HOST.fullmatch(host):
            raise ValueError(f"{host!r} is no host name such as shop.example.com, without port")
    return hosts


def _log_level(text: str) -> str:
    if text.lower() not in LOG_LEVELS:
        raise ValueError(f"{text!r} is none of {', '.join(LOG_LEVELS)}")
    return text.lower()


def _rate(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) > RATE_LIMIT_MAX:
        raise ValueError(f"{text!r} is no number of requests from 0 to {RATE_LIMIT_MAX}")
    return int(text)


def _token(text: str) -> str:
    if len(text) < TOKEN_MIN or not text.isascii() or not text.isprintable():  # never shown
        raise ValueError(f"a token is at least {TOKEN_MIN} printable ASCII characters")
    return text


def _lease(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) not in LEASE_BOUNDS:
        bounds = f"{LEASE_BOUNDS[0]} to {LEASE_BOUNDS[-1]}"
        raise ValueError(f"{text!r} is no number of seconds from {bounds}")
    return int(text)


def _gateway(text: str) -> str:
    if text.lower() not in GATEWAYS:
        raise ValueError(f"{text!r} is none of {', '.join(GATEWAYS)}")
    return text.lower()


def _api_key(text: str) -> ApiKey:
    if not text.startswith(API_KEY_STARTS):  # never shown: it may be another secret
        raise ValueError("this is no secret or restricted key of Stripe")
    return ApiKey(text)


def _secret_keys(text: str) -> tuple[SecretKey, ...]:
    keys = tuple(_secret_key(one.strip()) for one in text.split(","))
    if len(set(keys)) != len(keys):
        raise ValueError("a key stands twice in it")
    return keys


def _secret_key(text: str) -> SecretKey:
    try:
        key = b64decode(text, validate=True)
    except (Base64Error, ValueError):  # ValueError: not ASCII
        key = b""
    if len(key) != SECRET_KEY_BYTES:  # never shown
        raise ValueError(f"a key is {SECRET_KEY_BYTES} random bytes in base64")
    return SecretKey(key)


def _private_endpoints(text: str) -> PrivateEndpoints:
    words = [word.strip().lower() for word in text.split(",")]
    if words == ["never"]:
        return PrivateEndpoints()
    networks = tuple(_network(word) for word in words if word != "sandbox")
    return PrivateEndpoints(sandbox="sandbox" in words, networks=networks)


def _network(text: str) -> IPv4Network | IPv6Network:
    try:
        return ip_network(text)
    except ValueError:
        raise ValueError(f"{text!r} is no network such as 10.1.0.0/16, nor 'sandbox'") from None


def _endpoint_seconds(text: str) -> int:
    if not (text.isascii() and text.isdigit()) or int(text) not in ENDPOINT_BOUNDS:
        bounds = f"{ENDPOINT_BOUNDS[0]} to {ENDPOINT_BOUNDS[-1]}"
        raise ValueError(f"{text!r} is no number of seconds from {bounds}")
    return int(text)


def _smtp_url(text: str) -> MailServer:
    """smtp://user:password@mail.example.com:587, or smtps:// with TLS from the beginning."""
    try:
        url = urlsplit(text)
        host, port = url.hostname, url.port
    except ValueError:
        host, port = None, None
    if not host or url.scheme not in SMTP_PORTS or url.path.strip("/") or url.query:
        raise ValueError(  # never shown: a password may stand in it
            "this is no mail server such as smtp://user:password@mail.example.com:587"
        )
    user, password = unquote(url.username or ""), unquote(url.password or "")
    if bool(user) != bool(password):
        raise ValueError("a login is a user and a password")
    return MailServer(
        host=host,
        port=port or SMTP_PORTS[url.scheme],
        secure=url.scheme == "smtps",
        user=user,
        password=password,
    )


def _mail_from(text: str) -> str:
    if not is_address(text) or not text.isascii():
        raise ValueError(f"{text!r} is no e-mail address such as no-reply@example.com")
    return text


def _switch(text: str) -> bool:
    if text.lower() not in SWITCH:
        raise ValueError(f"{text!r} is none of {', '.join(SWITCH)}")
    return SWITCH[text.lower()]


READERS: Mapping[str, Callable[[str], object]] = {
    "database": str,
    "simulator_book": Path,
    "public_url": _public_url,
    "allowed_hosts": _hosts,
    "log_level": _log_level,
    "rate_limit": _rate,
    "rate_limit_local": _switch,
    "lease_seconds": _lease,
    "metrics_token": _token,
    "gateway": _gateway,
    "stripe_api_key": _api_key,
    "stripe_api_base": _public_url,
    "secret_key": _secret_keys,
    "private_endpoints": _private_endpoints,
    "endpoint_seconds": _endpoint_seconds,
    "smtp_url": _smtp_url,
    "mail_from": _mail_from,
    "mail_sandbox": _switch,
}
