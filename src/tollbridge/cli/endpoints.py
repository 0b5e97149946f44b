"""`tollbridge endpoint`: who is sent notifications."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import msgspec
from msgspec.structs import replace

from tollbridge.cli.naming import the_merchant
from tollbridge.cli.operate import opened_platform
from tollbridge.cli.telling import CommandError, Exit, say, telling
from tollbridge.commands import endpoints as command
from tollbridge.commands.endpoints import EndpointSettings, settings_of
from tollbridge.domain.endpoint import CALM, Chaos, Endpoint, Format
from tollbridge.domain.refusal import NotFound
from tollbridge.ports import Platform
from tollbridge.queries.endpoints import read_endpoints
from tollbridge.rest.notification_answers import endpoint_text

ALL = "all"
NONE = "none"


def add(
    name: str,
    url: str,
    *,
    merchant_id: int | None,
    database: str | None,
    as_json: bool,
    **given: Any,  # noqa: ANN401 - the options of `settings`
) -> None:
    """`tollbridge endpoint add`."""
    with telling(as_json=as_json):
        settings = _changed(EndpointSettings(name=name, url=url), **given)
        with _opened(database, merchant_id) as (platform, number):
            added = command.add_endpoint(platform, number, settings)
        endpoint = added.endpoint
        answer = {**told(endpoint), "secret": added.shown}
        text = f"{line(endpoint)}\nSigning secret: {added.shown}\nIt is not shown again."
        say(answer, text, as_json=as_json)


def show_all(merchant_id: int | None, database: str | None, *, as_json: bool) -> None:
    """`tollbridge endpoint list`."""
    with telling(as_json=as_json):
        with _opened(database, merchant_id) as (platform, number):
            found = read_endpoints(platform, number)
        text = "\n".join(map(line, found)) or "No endpoints."
        say({"endpoints": [told(one) for one in found]}, text, as_json=as_json)


def change(
    endpoint: str,
    *,
    name: str | None,
    url: str | None,
    merchant_id: int | None,
    database: str | None,
    as_json: bool,
    **given: Any,  # noqa: ANN401 - the options of `settings`
) -> None:
    """`tollbridge endpoint change`: what is not given stays."""
    with telling(as_json=as_json):
        with _opened(database, merchant_id) as (platform, number):
            before = named_endpoint(platform, number, endpoint)
            said = {"name": name, "url": url}
            settings = replace(
                settings_of(before),
                **{key: value for key, value in said.items() if value is not None},
            )
            settings = _changed(settings, **given)
            changed = command.change_endpoint(platform, number, before.id, settings)
        say(told(changed), line(changed), as_json=as_json)


def rotate(
    endpoint: str, hours: int, merchant_id: int | None, database: str | None, *, as_json: bool
) -> None:
    """`tollbridge endpoint rotate`."""
    with telling(as_json=as_json):
        with _opened(database, merchant_id) as (platform, number):
            before = named_endpoint(platform, number, endpoint)
            overlap = timedelta(hours=hours)
            rotated = command.rotate_signing_secret(platform, number, before.id, overlap)
        answer = {"endpoint_id": before.id, "name": before.name, "secret": rotated.shown}
        text = f"{before.name}\nSigning secret: {rotated.shown}\nIt is not shown again."
        say(answer, text, as_json=as_json)


def remove(endpoint: str, merchant_id: int | None, database: str | None, *, as_json: bool) -> None:
    """`tollbridge endpoint remove`."""
    with telling(as_json=as_json):
        with _opened(database, merchant_id) as (platform, number):
            before = named_endpoint(platform, number, endpoint)
            command.remove_endpoint(platform, number, before.id)
        answer = {"endpoint_id": before.id, "name": before.name}
        say(answer, f"{before.name} is sent nothing any more.", as_json=as_json)


def named_endpoint(platform: Platform, merchant_id: int, text: str) -> Endpoint:
    """The endpoint of this name, else of this number; NotFound where there is none."""
    endpoints = read_endpoints(platform, merchant_id)
    for one in endpoints:
        if one.name == text:
            return one
    for one in endpoints:
        if str(one.id) == text:
            return one
    raise NotFound("endpoint_unknown", f"Endpoint not found: {text}", field="endpoint")


def told(endpoint: Endpoint) -> dict[str, Any]:
    """An endpoint as the API tells it."""
    answer: dict[str, Any] = msgspec.to_builtins(endpoint_text(endpoint))
    return answer


def line(endpoint: Endpoint) -> str:
    """An endpoint in a line."""
    state = "active" if endpoint.active else "inactive"
    if endpoint.disabled_at is not None:
        state = f"ended itself {endpoint.disabled_at:%Y-%m-%d %H:%M} (410)"
    wants = ", ".join(endpoint.types) or "everything"
    if endpoint.product_ids:
        wants += f" about products {', '.join(map(str, endpoint.product_ids))}"
    chaos = "; chaos" if endpoint.chaos != CALM else ""
    kind = endpoint.format.value
    return f"{endpoint.id} {endpoint.name}: {endpoint.url}, {kind}, {state}; {wants}{chaos}"


@contextmanager
def _opened(database: str | None, merchant_id: int | None) -> Iterator[tuple[Platform, int]]:
    with opened_platform(database, make=False) as platform:
        yield platform, the_merchant(platform, merchant_id).id


def _changed(
    settings: EndpointSettings,
    *,
    format: str | None,  # noqa: A002 - the option's name
    types: tuple[str, ...],
    products: tuple[str, ...],
    username: str | None,
    password_from: str | None,
    chaos: str | None,
    active: bool | None,
) -> EndpointSettings:
    """The settings with what was given on the command line."""
    said: dict[str, Any] = {
        "format": None if format is None else Format(format),
        "types": _listed(types),
        "product_ids": None if not products else tuple(map(_product, _listed(products) or ())),
        "username": username,
        "password": _password(password_from),
        "chaos": None if chaos is None else _chaos(chaos),
        "active": active,
    }
    return replace(settings, **{key: value for key, value in said.items() if value is not None})


def _listed(words: tuple[str, ...]) -> tuple[str, ...] | None:
    """What is listed; nothing is narrowed where it is `all`, and None where it is not said."""
    if words == (ALL,):
        return ()
    return words or None


def _product(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        message = f"--product takes a number, or `all`, and not {text!r}"
        raise CommandError(Exit.USAGE, message, reason="product_invalid")
    return int(text)


def _password(variable: str | None) -> str | None:
    """The password in the environment, which the history of the shell does not keep."""
    if variable is None:
        return None
    password = os.environ.get(variable)
    if not password:
        message = f"the environment variable {variable} is not set"
        raise CommandError(Exit.USAGE, message, reason="password_missing")
    return password


def _chaos(text: str) -> Chaos:
    if text == NONE:
        return CALM
    parts: dict[str, int] = {}
    for part in text.split(","):
        name, mark, percent = part.strip().partition("=")
        known = name in Chaos.__struct_fields__ and name not in parts
        if not (known and mark and percent.isascii() and percent.isdigit()):
            names = ", ".join(Chaos.__struct_fields__)
            message = f"--chaos takes parts such as drop=5 ({names}), or `none`, and not {part!r}"
            raise CommandError(Exit.USAGE, message, reason="chaos_invalid")
        parts[name] = int(percent)
    return Chaos(**parts)
