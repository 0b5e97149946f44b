"""The commands and their options."""

import gc
from pathlib import Path
from typing import Any

import click

from tollbridge import __version__

as_json = click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")
database = click.option(
    "--database",
    metavar="URL",
    help="sqlite:///file.db or postgresql://... (else TOLLBRIDGE_DATABASE, else"
    " sqlite:///tollbridge.db).",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="tollbridge", message="%(prog)s %(version)s")
def root() -> None:
    """Tollbridge: subscription commerce that speaks the Cleverbridge Subscription API."""


@root.command()
@click.option("--demo", is_flag=True, help="With the merchant Cloudify; for this machine only.")
@database
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8000,
    show_default=True,
    help="The port to listen at; 0 takes a free one.",
)
@click.option("--memory", is_flag=True, help="Keep nothing: the database is gone at the end.")
@as_json
def serve(**options: Any) -> None:  # noqa: ANN401 - click passes what the decorators declare
    """Serve the API until Ctrl-C. What is in the database stays as it is."""
    gc.disable()  # until everything is loaded: what is loaded stays
    from tollbridge.cli.serve import serve as run

    run(**options)


@root.group()
def catalog() -> None:
    """What a merchant sells."""


@catalog.command("apply")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@database
@as_json
def catalog_apply(file: Path, database: str | None, as_json: bool) -> None:
    """Make a merchant and its products what FILE says; applying it twice changes nothing."""
    from tollbridge.cli.operate import apply_catalog_file

    apply_catalog_file(file, database, as_json=as_json)


@root.group()
def merchant() -> None:
    """Who sells."""


@merchant.command("add")
@click.option("--id", type=int, required=True, help="The merchant's number.")
@click.option("--name", required=True, help="The merchant's name.")
@click.option("--country", required=True, help="ISO 3166, such as DE.")
@click.option("--currency", required=True, help="ISO 4217, such as EUR.")
@click.option(
    "--mode",
    type=click.Choice(("sandbox", "live")),
    default="sandbox",
    show_default=True,
    help="With a clock of its own, or with the system's; it never changes.",
)
@click.option(
    "--management-model",
    type=click.Choice(("One", "Two")),
    default="Two",
    show_default=True,
    help="Of its subscriptions.",
)
@database
@as_json
def merchant_add(database: str | None, as_json: bool, **settings: object) -> None:
    """Set up a merchant; a catalog file can say more about it, and what it sells."""
    from tollbridge.cli.operate import add_one_merchant

    add_one_merchant(settings, database, as_json=as_json)


@root.group()
def credential() -> None:
    """Who may call a merchant's API."""


of_merchant = click.option(
    "--merchant", "merchant_id", type=int, required=True, help="The merchant's number."
)


@credential.command("add")
@click.argument("username")
@of_merchant
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(("read", "change", "sandbox")),
    multiple=True,
    help="What it may be used for; may be given several times. Without: all.",
)
@database
@as_json
def credential_add(
    username: str,
    merchant_id: int,
    scopes: tuple[str, ...],
    database: str | None,
    as_json: bool,
) -> None:
    """Give USERNAME access to a merchant's API. The secret is shown once and stored hashed."""
    from tollbridge.cli.credentials import add_one_credential

    add_one_credential(merchant_id, username, scopes, database, as_json=as_json)


@credential.command("list")
@of_merchant
@database
@as_json
def credential_list(merchant_id: int, database: str | None, as_json: bool) -> None:
    """Who has access to a merchant's API, for what, and when it was last used."""
    from tollbridge.cli.credentials import list_credentials

    list_credentials(merchant_id, database, as_json=as_json)


@credential.command("rotate")
@click.argument("username")
@of_merchant
@click.option(
    "--overlap",
    "hours",
    metavar="HOURS",
    type=click.IntRange(0, 720),
    default=24,
    show_default=True,
    help="How long the old secret stays valid.",
)
@database
@as_json
def credential_rotate(
    username: str, merchant_id: int, hours: int, database: str | None, as_json: bool
) -> None:
    """Give USERNAME a new secret. It is shown once and stored hashed."""
    from tollbridge.cli.credentials import rotate_one_credential

    rotate_one_credential(merchant_id, username, hours, database, as_json=as_json)


@credential.command("revoke")
@click.argument("username")
@of_merchant
@database
@as_json
def credential_revoke(username: str, merchant_id: int, database: str | None, as_json: bool) -> None:
    """Take USERNAME's access away, from the next request on."""
    from tollbridge.cli.credentials import revoke_one_credential

    revoke_one_credential(merchant_id, username, database, as_json=as_json)


@root.command()
@database
@as_json
def migrate(database: str | None, as_json: bool) -> None:
    """Bring the database's schema up to date."""
    from tollbridge.cli.operate import migrate_database

    migrate_database(database, as_json=as_json)


@root.command()
@database
@as_json
def doctor(database: str | None, as_json: bool) -> None:
    """Prove that journal, documents, money and the gateway's book agree."""
    from tollbridge.cli.operate import examine_database

    examine_database(database, as_json=as_json)


def main() -> None:
    """Run the command that the arguments name."""
    root()
