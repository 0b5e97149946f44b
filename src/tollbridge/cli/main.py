"""The commands and their options."""

from pathlib import Path
from typing import Annotated

import typer

from tollbridge import __version__
from tollbridge.cli.telling import Database, Json

app = typer.Typer(
    name="tollbridge",
    help="A subscription commerce platform that speaks the Cleverbridge Subscription API.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
catalog = typer.Typer(no_args_is_help=True, help="What a merchant sells.")
merchant = typer.Typer(no_args_is_help=True, help="Who sells.")
credential = typer.Typer(no_args_is_help=True, help="Who may call a merchant's API.")
app.add_typer(catalog, name="catalog")
app.add_typer(merchant, name="merchant")
app.add_typer(credential, name="credential")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"tollbridge {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """What holds for every command."""
    del version  # its callback has done what there is to do


@app.command()
def serve(
    demo: Annotated[
        bool, typer.Option("--demo", help="With the merchant Cloudify; for this machine only.")
    ] = False,
    database: Database = None,
    host: Annotated[str, typer.Option(help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port to listen at; 0 takes a free one.")
    ] = 8000,
    memory: Annotated[
        bool, typer.Option("--memory", help="Keep nothing: the database is gone at the end.")
    ] = False,
    json: Json = False,
) -> None:
    """Serve the API until Ctrl-C. What is in the database stays as it is."""
    from tollbridge.cli.serve import serve

    serve(demo=demo, database=database, host=host, port=port, memory=memory, as_json=json)


@catalog.command("apply")
def catalog_apply(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="A TOML file.")
    ],
    database: Database = None,
    json: Json = False,
) -> None:
    """Make a merchant and its products what FILE says; applying it twice changes nothing."""
    from tollbridge.cli.operate import apply_catalog_file

    apply_catalog_file(file, database, as_json=json)


@merchant.command("add")
def merchant_add(
    merchant_id: Annotated[int, typer.Option("--id", help="The merchant's number.")],
    name: Annotated[str, typer.Option(help="The merchant's name.")],
    country: Annotated[str, typer.Option(help="ISO 3166, such as DE.")],
    currency: Annotated[str, typer.Option(help="ISO 4217, such as EUR.")],
    mode: Annotated[
        str, typer.Option(help="sandbox (a clock of its own) or live; it never changes.")
    ] = "sandbox",
    management_model: Annotated[str, typer.Option(help="One or Two.")] = "Two",
    database: Database = None,
    json: Json = False,
) -> None:
    """Set up a merchant; a catalog file can say more about it, and what it sells."""
    from tollbridge.cli.operate import add_one_merchant

    given = {
        "id": merchant_id,
        "name": name,
        "mode": mode,
        "country": country,
        "currency": currency,
        "management_model": management_model,
    }
    add_one_merchant(given, database, as_json=json)


@credential.command("add")
def credential_add(
    username: Annotated[str, typer.Argument(metavar="USERNAME", help="Unique over all merchants.")],
    merchant_id: Annotated[int, typer.Option("--merchant", help="The merchant's number.")],
    database: Database = None,
    json: Json = False,
) -> None:
    """Give USERNAME access to a merchant's API. The secret is shown once and stored hashed."""
    from tollbridge.cli.operate import add_one_credential

    add_one_credential(merchant_id, username, database, as_json=json)


@app.command()
def migrate(database: Database = None, json: Json = False) -> None:
    """Bring the database's schema up to date."""
    from tollbridge.cli.operate import migrate_database

    migrate_database(database, as_json=json)


@app.command()
def doctor(database: Database = None, json: Json = False) -> None:
    """Prove that journal, documents, money and the gateway's book agree; 1 when they do not."""
    from tollbridge.cli.operate import examine_database

    examine_database(database, as_json=json)


def main() -> None:
    """Run the command that the arguments name."""
    app()
