"""What a mail says, before it is laid out as HTML or as text."""

import msgspec


class Row(msgspec.Struct, frozen=True):
    """A label and what it stands for, which may have several lines."""

    label: str
    value: str


class Link(msgspec.Struct, frozen=True):
    """An address, and what is said to lead there."""

    label: str
    url: str


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a table: a product, what it costs, and what there is to say below it."""

    name: str
    amount: str = ""
    notes: tuple[str, ...] = ()


class Letter(msgspec.Struct, frozen=True, kw_only=True):
    """A mail's content in its order, each part as plain text.

    `sums` close the entries, `button` is what the reader is asked to do, `links` what else there
    is, `footer` who writes and why.
    """

    subject: str
    heading: str
    greeting: str = ""
    paragraphs: tuple[str, ...]
    entries: tuple[Entry, ...] = ()
    sums: tuple[Row, ...] = ()
    total: Row | None = None
    rows: tuple[Row, ...] = ()
    button: Link | None = None
    closing: tuple[str, ...] = ()
    links: tuple[Link, ...] = ()
    footer: tuple[str, ...] = ()
