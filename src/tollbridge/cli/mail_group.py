"""The commands about mails to customers, and their options."""

from pathlib import Path
from typing import Any

import click

from tollbridge.cli.options import as_json, database, one_merchant


@click.group()
def mail() -> None:
    """What is mailed to customers."""


@mail.command("preview")
@click.argument("kind")
@click.option("--language", default="en", show_default=True, help="en, de, fr, es or ja.")
@click.option(
    "--html",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write the mail as HTML to FILE; without: show it as text.",
)
@click.option(
    "--catalog",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    metavar="FILE",
    help="With the name, colour and address of the merchant in this catalog file.",
)
@as_json
def mail_preview(kind: str, language: str, **more: Any) -> None:  # noqa: ANN401 - click's own
    """Write a mail of KIND (receipt, renewal, grace ...) about something made up.

    It is caused as a real one is, in a database that is gone at the end. Without the right word,
    all kinds are named.
    """
    from tollbridge.cli.mails import preview

    preview(kind, language, **more)


@mail.command("list")
@click.option("--kind", default="", help="Of this kind only.")
@click.option("--state", default="", help="waiting, sent, kept, skipped, failed or bounced.")
@click.option("--subscription", default="", metavar="S", help="About this subscription.")
@click.option("--recipient", default="", help="To this address.")
@click.option(
    "--count", type=click.IntRange(1, 1000), default=20, show_default=True, help="At most so many."
)
@one_merchant
@database
@as_json
def mail_list(**more: Any) -> None:  # noqa: ANN401 - as above
    """The mails to customers and what became of them, the newest first."""
    from tollbridge.cli.mails import list_mails

    list_mails(**more)


@mail.command("bounced")
@click.argument("mail_id", metavar="ID", type=int)
@click.option("--reason", default="", help="What the other side says.")
@one_merchant
@database
@as_json
def mail_bounced(mail_id: int, reason: str, **more: Any) -> None:  # noqa: ANN401 - as above
    """Note that the mail with this ID came back."""
    from tollbridge.cli.mails import bounced

    bounced(mail_id, reason, **more)
