"""The page at /docs: every endpoint for people, made from the table that is served.

One document without script, image or font of elsewhere: it reads offline and prints.
"""

import hashlib
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from http import HTTPStatus
from typing import Any, NamedTuple, get_args, get_origin

import msgspec

from tollbridge import __version__
from tollbridge.rest.endpoint import Endpoint, Page, Style
from tollbridge.rest.messages import Answer, Field, Listed, Nested, Reader, meta_of
from tollbridge.rest.openapi import example_of

_STYLE = """
:root { color-scheme: light dark; }
body { font: 1rem/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem; }
code, pre { font-family: ui-monospace, monospace; font-size: .9em; }
pre { overflow-x: auto; padding: .75rem; border: 1px solid #8888; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; }
th, td { border-bottom: 1px solid #8888; }
h2, td { overflow-wrap: anywhere; }
td:first-child { width: 45%; }
td:nth-child(n+3):last-child { width: 18%; }
section { margin-top: 3rem; }
@media (max-width: 45rem) {
  h2 { font-size: 1.25rem; }
  thead { position: absolute; clip-path: inset(50%); }
  td { display: block; width: auto !important; border: 0; padding: 0; }
  td:empty { display: none; }
  td:not(:first-child)::before { content: attr(data-head) ": "; opacity: .75; }
  td:nth-child(2):last-child::before { content: none; }
  tr { display: block; border-bottom: 1px solid #8888; padding: .5rem 0; }
}
"""
_HASH = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
POLICY = (
    f"default-src 'none'; style-src 'sha256-{_HASH}'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
_GROUPS = {
    Style.COMPATIBLE: "The Subscription API",
    Style.OWN: "Tollbridge's own",
    Style.OPEN: "Without credentials",
}
_ENCODER = msgspec.json.Encoder(decimal_format="number")


class Row(NamedTuple):
    """One field of a message: its name with those that it lies in."""

    name: str
    description: str
    example: object = None
    required: bool = False


def page(endpoints: Sequence[Endpoint]) -> Page:
    """The whole document."""
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>Tollbridge {__version__}: endpoints</title><style>{_STYLE}</style></head><body>",
        f"<main><h1>Tollbridge {__version__}</h1>",
        "<p>Every endpoint that is served. For programs: ",
        '<a href="/openapi.json">OpenAPI 3.1</a>.</p>',
        *_contents(endpoints),
        *(part for endpoint in endpoints for part in _endpoint(endpoint)),
        "</main></body></html>",
    ]
    return Page("".join(parts).encode(), POLICY)


def _contents(endpoints: Sequence[Endpoint]) -> Iterator[str]:
    """A table for each group, with links to what follows."""
    yield '<nav aria-label="Endpoints">'
    for style, title in _GROUPS.items():
        rows = (
            (f'<a href="#{each.action}"><code>{_called(each)}</code></a>', escape(each.summary))
            for each in endpoints
            if each.style is style
        )
        yield f"<h2>{escape(title)}</h2>"
        yield from _table(("Endpoint", "What for"), rows)
    yield "</nav>"


def _called(endpoint: Endpoint) -> str:
    return escape(f"{endpoint.method} {endpoint.path}")


def _endpoint(endpoint: Endpoint) -> Iterator[str]:
    reader: Reader[Any] = Reader(endpoint.request, endpoint.parts)
    yield f'<section id="{endpoint.action}"><h2><code>{_called(endpoint)}</code></h2>'
    yield f"<p>{_text(endpoint.docs)}</p>"
    if endpoint.style is not Style.OPEN:
        yield f"<p>Needs a credential with the scope <code>{endpoint.scope.value}</code>.</p>"
    if reader.fields:
        yield "<h3>Request</h3>"
        yield from _table(
            ("Field", "Required", "Meaning", "Example"), _told(_asked(reader.fields, ""))
        )
    if endpoint.has_body:
        yield f"<pre><code>{escape(_json(example_of(reader)))}</code></pre>"
    if endpoint.answer is not None:
        yield "<h3>Answer</h3>"
        rows = _answered(endpoint.answer, "")
        yield from _table(
            ("Field", "Meaning", "Example"),
            ((_named(row.name), _text(row.description), _shown(row.example)) for row in rows),
        )
    statuses = ", ".join(f"{each} {HTTPStatus(each).phrase}" for each in sorted(endpoint.refusals))
    yield f"<h3>Refusals</h3><p>{escape(statuses)}.</p></section>"


def _told(rows: Iterable[Row]) -> Iterator[tuple[str, ...]]:
    for row in rows:
        required = "yes" if row.required else ""
        yield _named(row.name), required, _text(row.description), _shown(row.example)


def _asked(fields: Iterable[Field], within: str) -> Iterator[Row]:
    """The fields of a request, those of the messages in it below them."""
    for field in fields:
        name = within + field.name
        example = field.examples[0] if field.examples else None
        yield Row(name, field.description, example, field.required)
        kind = field.kind
        if isinstance(kind, Nested):
            yield from _asked(kind.reader.fields, f"{name}.")
        elif isinstance(kind, Listed) and isinstance(kind.entry, Nested):
            yield from _asked(kind.entry.reader.fields, f"{name}[].")


def _answered(answer: type[Answer], within: str) -> Iterator[Row]:
    """The fields of an answer, those of the messages in it below them."""
    for field in msgspec.structs.fields(answer):
        meta = meta_of(field.type)
        name = within + field.encode_name
        yield Row(name, meta.description or "", meta.examples[0] if meta.examples else None)
        kind = get_args(field.type)[0]
        if get_origin(kind) is tuple:
            kind, name = get_args(kind)[0], f"{name}[]"
        if isinstance(kind, type) and issubclass(kind, Answer):
            yield from _answered(kind, f"{name}.")


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """On a narrow screen each cell has a line of its own, and says its head itself."""
    yield "<table><thead><tr>"
    yield "".join(f'<th scope="col">{head}</th>' for head in heads)
    yield "</tr></thead><tbody>"
    for row in rows:
        cells = zip(heads, row, strict=True)
        yield "<tr>" + "".join(f'<td data-head="{head}">{cell}</td>' for head, cell in cells)
        yield "</tr>"
    yield "</tbody></table>"


def _text(text: str) -> str:
    """A text, with what stands between backquotes as code."""
    parts = escape(text).split("`")
    return "".join(f"<code>{part}</code>" if i % 2 else part for i, part in enumerate(parts))


def _named(name: str) -> str:
    """A field's name, which may be broken after each message that it lies in."""
    return _code(name).replace(".", ".<wbr>")


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _shown(example: object) -> str:
    return "" if example is None else _code(_ENCODER.encode(example).decode())


def _json(example: object) -> str:
    return msgspec.json.format(_ENCODER.encode(example), indent=2).decode()
