"""The commands and their options."""

import gc
from pathlib import Path
from typing import Any

import click

from tollbridge import __version__
from tollbridge.cli.mail_group import mail
from tollbridge.cli.notice_commands import endpoint, listen, notifications, trigger
from tollbridge.cli.options import as_json, database, one_merchant


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
@click.option(
    "--with-worker", is_flag=True, help="Bill on PostgreSQL too, as on SQLite it always does."
)
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
@click.option(
    "--metrics-port",
    type=click.IntRange(1, 65535),
    help="Let this machine read /metrics at this port.",
)
@as_json
def worker(database: str | None, metrics_port: int | None, as_json: bool) -> None:
    """Bill what is due until Ctrl-C; on PostgreSQL, and as many at once as you like."""
    from tollbridge.cli.bill import work

    work(database, metrics_port, as_json=as_json)


@root.command()
@click.option("--until", metavar="T", help="What is due at or before T, RFC 3339; else now.")
@click.option("--merchant", "merchant_id", type=int, help="Of this merchant alone; else of all.")
@database
@as_json
def bill(until: str | None, merchant_id: int | None, database: str | None, as_json: bool) -> None:
    """Bill what is due, and end. Ctrl-C ends it after the running batch."""
    from tollbridge.cli.bill import bill as run

    run(until, merchant_id, database, as_json=as_json)


@root.group(invoke_without_command=True)
@click.option("--merchant", "merchant_id", type=int, help="Of this merchant alone; else of all.")
@database
@as_json
@click.pass_context
def parked(
    context: click.Context, merchant_id: int | None, database: str | None, as_json: bool
) -> None:
    """What failed when it was due and was set aside, with its error."""
    if context.invoked_subcommand is not None:
        if merchant_id is not None or database is not None or as_json:
            raise click.UsageError("options stand after the last word: parked retry S1 --json")
        return
    from tollbridge.cli.bill import list_parked

    list_parked(merchant_id, database, as_json=as_json)


@parked.command("retry")
@click.argument("subscriptions", nargs=-1, required=True, metavar="S...")
@one_merchant
@database
@as_json
def parked_retry(
    subscriptions: tuple[str, ...], merchant_id: int | None, database: str | None, as_json: bool
) -> None:
    """Let subscriptions be due again: whoever bills next tries them."""
    from tollbridge.cli.bill import retry_parked

    retry_parked(subscriptions, merchant_id, database, as_json=as_json)


@root.group()
def clock() -> None:
    """The clock of a sandbox merchant: what falls due when it is turned is done."""


@clock.command("show")
@one_merchant
@database
@as_json
def clock_show(merchant_id: int | None, database: str | None, as_json: bool) -> None:
    """What time it is, and what falls due first."""
    from tollbridge.cli.clock import show

    show(merchant_id, database, as_json=as_json)


@clock.command("to")
@click.argument("time", metavar="T")
@one_merchant
@database
@as_json
def clock_to(time: str, merchant_id: int | None, database: str | None, as_json: bool) -> None:
    """Move the clock to T (RFC 3339), doing everything that falls due on the way."""
    from tollbridge.cli.clock import move_to

    move_to(time, merchant_id, database, as_json=as_json)


@clock.command("advance")
@click.argument("length", metavar="P1Y")
@one_merchant
@database
@as_json
def clock_advance(
    length: str, merchant_id: int | None, database: str | None, as_json: bool
) -> None:
    """Move the clock by a length (ISO 8601: P10D, P1M, P3Y), doing what falls due on the way."""
    from tollbridge.cli.clock import move_by

    move_by(length, merchant_id, database, as_json=as_json)


@clock.command("next")
@click.option("--yes", "without_asking", is_flag=True, help="Move it without asking.")
@one_merchant
@database
@as_json
def clock_next(
    without_asking: bool, merchant_id: int | None, database: str | None, as_json: bool
) -> None:
    """Say what falls due first, and move the clock there; with --json only with --yes."""
    from tollbridge.cli.clock import step

    step(merchant_id, database, without_asking=without_asking, as_json=as_json)


@root.group()
def payments() -> None:
    """Money that came, is tried again, goes back, or whose fate is open."""


@payments.command("receive")
@click.argument("purchase", type=int)
@click.option("--reference", required=True, help="What the money is known by at the bank.")
@one_merchant
@database
@as_json
def payments_receive(purchase: int, reference: str, **more: Any) -> None:  # noqa: ANN401 - as above
    """Note that the money of PURCHASE came by wire: nobody is charged."""
    from tollbridge.cli.payments import receive

    receive(purchase, reference, **more)


@payments.command("retry")
@click.argument("purchase", type=int)
@one_merchant
@database
@as_json
def payments_retry(purchase: int, **more: Any) -> None:  # noqa: ANN401 - as above
    """Charge PURCHASE again, which was declined; at most eight times."""
    from tollbridge.cli.payments import retry

    retry(purchase, **more)


@payments.command("refund")
@click.argument("purchase", type=int)
@click.option("--amount", metavar="A", help="So much, with tax; without: all that is left.")
@click.option("--items", metavar="1,2", help="What is left of these lines of the purchase.")
@click.option("--terminate", is_flag=True, help="Deactivate the subscriptions as well.")
@click.option("--reason", default="", help="A word of yours; nothing of the customer.")
@click.option("--reference", default="", help="Of money given back by hand.")
@one_merchant
@database
@as_json
def payments_refund(purchase: int, amount: str | None, **more: Any) -> None:  # noqa: ANN401 - as above
    """Give money of PURCHASE back: all that is left, an amount, or some lines."""
    from tollbridge.cli.payments import refund, request_of

    named = [more.pop(name) for name in ("items", "terminate", "reason", "reference")]
    asked = request_of(*named, as_json=more["as_json"])
    refund(purchase, asked, amount, **more)


@payments.command("chargeback")
@click.argument("purchase", type=int)
@click.option("--keep", is_flag=True, help="Do not deactivate the subscriptions.")
@one_merchant
@database
@as_json
def payments_chargeback(purchase: int, **more: Any) -> None:  # noqa: ANN401 - as above
    """Note that the customer's bank took back what was left of PURCHASE."""
    from tollbridge.cli.payments import charge_back

    charge_back(purchase, **more)


@payments.command("at-risk")
@click.option("--merchant", "merchant_id", type=int, help="Of this merchant alone; else of all.")
@database
@as_json
def payments_at_risk(**more: Any) -> None:  # noqa: ANN401 - as above
    """Payments and refunds that are not decided, oldest first; ends with 1 when there are any."""
    from tollbridge.cli.payments import at_risk

    at_risk(**more)


@root.command()
@click.argument("subscription")
@click.option(
    "--count", type=click.IntRange(1, 240), default=24, show_default=True, help="Steps ahead."
)
@one_merchant
@database
@as_json
def timeline(subscription: str, count: int, **more: Any) -> None:  # noqa: ANN401 - as above
    """What happened to SUBSCRIPTION, what stands now, and what will be (~)."""
    from tollbridge.cli.timeline import show_timeline

    show_timeline(subscription, count, **more)


root.add_command(mail)


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


@root.command()
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed, the same run.")
@click.option("--years", type=click.IntRange(1, 50), default=1, show_default=True, help="How long.")
@click.option(
    "--subscriptions",
    type=click.IntRange(2, 10_000),
    default=20,
    show_default=True,
    help="About how many, half of them in a sandbox and half live.",
)
@click.option(
    "--faults",
    default="all",
    show_default=True,
    help="all, none, or names with commas between them (docs/reference/command-line.md).",
)
@click.option(
    "--database",
    metavar="URL",
    help="An empty database; else an SQLite file that is gone at the end.",
)
@as_json
def simulate(
    seed: int, years: int, subscriptions: int, faults: str, database: str | None, as_json: bool
) -> None:
    """Try the platform for years of random requests and faults, and prove the laws each step."""
    from tollbridge.cli.simulate import simulate_years

    simulate_years(seed, years, subscriptions, faults, database, as_json=as_json)


for command in (endpoint, listen, notifications, trigger):
    root.add_command(command)


def main() -> None:
    """Run the command that the arguments name."""
    root()
