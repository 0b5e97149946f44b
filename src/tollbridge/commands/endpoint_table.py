"""The `[[endpoint]]` tables of a catalog file (docs/reference/catalog-file.md)."""

from collections.abc import Mapping

import msgspec

from tollbridge.commands.endpoints import EndpointSettings
from tollbridge.commands.table_reading import Table
from tollbridge.domain.endpoint import ALL, CALM, NAME_MAX, URL_MAX, USERNAME_MAX, Chaos, Format
from tollbridge.notices.types import TYPES


class EndpointEntry(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says of the endpoint of this name; `active` None where it does not say."""

    settings: EndpointSettings
    active: bool | None


def read_endpoints(file: Table, environment: Mapping[str, str]) -> tuple[EndpointEntry, ...]:
    """All endpoints of the file, by name; passwords are those of the environment."""
    first: dict[str, str] = {}
    entries = []
    for table in file.tables("endpoint"):
        entry = _entry(table, environment)
        name = entry.settings.name
        if name in first:
            table.problem("name", f"{name!r} is the name of {first[name]} already", None)
        elif name:
            first[name] = table.path
        entries.append(entry)
    return tuple(entries)


def _entry(table: Table, environment: Mapping[str, str]) -> EndpointEntry:
    active = table.flag("active", default=True) if table.has("active") else None
    settings = EndpointSettings(
        name=table.text("name", NAME_MAX),
        url=table.text("url", URL_MAX),
        format=table.choice("format", Format.JSON) if table.has("format") else Format.JSON,
        types=_types(table),
        product_ids=table.ids("products"),
        username=table.text("username", USERNAME_MAX) if table.has("username") else "",
        password=_password(table, environment),
        active=active is not False,
        chaos=_chaos(table),
    )
    table.end()
    return EndpointEntry(settings=settings, active=active)


def _types(table: Table) -> tuple[str, ...]:
    """The types that are wanted; none are all."""
    wanted = table.texts("types")
    for name in wanted:
        if name not in TYPES:
            table.problem("types", f"there is no notification type {name}", None)
    return tuple(dict.fromkeys(wanted))


def _password(table: Table, environment: Mapping[str, str]) -> str | None:
    """The password, which stands in no file: the key names a variable of the environment."""
    if not table.has("password_from"):
        return None
    variable = table.text("password_from")
    if not table.has("username"):
        return table.problem("password_from", "a password needs a username", None)
    if variable and not environment.get(variable):
        message = f"the environment variable {variable} is not set"
        return table.problem("password_from", message, None)
    return environment.get(variable)


def _chaos(endpoint: Table) -> Chaos:
    if not endpoint.has("chaos"):
        return CALM
    table = endpoint.table("chaos")
    parts = {name: table.count(name, 0, ALL, default=0) for name in Chaos.__struct_fields__}
    table.end()
    return Chaos(**parts)
