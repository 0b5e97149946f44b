"""The commands about notifications and their options."""

from typing import Any

import click

from tollbridge.cli.options import as_json, database, one_merchant


@click.group()
def endpoint() -> None:
    """Who is sent notifications, and of what."""


def settings(command: Any) -> Any:  # noqa: ANN401 - as click's decorators
    """The options that say what an endpoint is."""
    for option in reversed(
        (
            click.option("--format", type=click.Choice(("json", "xml")), help="Else json."),
            click.option(
                "--type",
                "types",
                multiple=True,
                metavar="TYPE",
                help="A notification type, as often as needed; `all` for all.",
            ),
            click.option(
                "--product",
                "products",
                multiple=True,
                metavar="ID",
                help="A product, as often as needed; `all` for all.",
            ),
            click.option("--username", help="Of Basic credentials; an empty one for none."),
            click.option(
                "--password-from",
                metavar="VARIABLE",
                help="The environment variable that has the password.",
            ),
            click.option(
                "--chaos",
                metavar="drop=5,delay=10",
                help="What a sandbox endpoint suffers, in percent: drop, delay, duplicate,"
                " reorder, server_error; `none` for nothing.",
            ),
            click.option("--active/--inactive", default=None, help="Whether it is sent anything."),
        )
    ):
        command = option(command)
    return command


@endpoint.command("add")
@click.argument("name")
@click.option("--url", required=True, help="Where notifications are posted to.")
@settings
@one_merchant
@database
@as_json
def endpoint_add(name: str, url: str, **more: Any) -> None:  # noqa: ANN401 - what click passes
    """Send notifications to an endpoint; its signing secret is shown once and stored sealed."""
    from tollbridge.cli.endpoints import add

    add(name, url, **more)


@endpoint.command("list")
@one_merchant
@database
@as_json
def endpoint_list(**more: Any) -> None:  # noqa: ANN401 - as above
    """Who is sent notifications."""
    from tollbridge.cli.endpoints import show_all

    show_all(**more)


@endpoint.command("change")
@click.argument("endpoint", metavar="ENDPOINT")
@click.option("--name", help="Another name.")
@click.option("--url", help="Where notifications are posted to.")
@settings
@one_merchant
@database
@as_json
def endpoint_change(endpoint: str, **more: Any) -> None:  # noqa: ANN401 - as above
    """Change ENDPOINT (its number or name): what is given; all else stays."""
    from tollbridge.cli.endpoints import change

    change(endpoint, **more)


@endpoint.command("rotate")
@click.argument("endpoint", metavar="ENDPOINT")
@click.option(
    "--overlap",
    "hours",
    metavar="HOURS",
    type=click.IntRange(0, 720),
    default=24,
    show_default=True,
    help="How long the old secret signs too.",
)
@one_merchant
@database
@as_json
def endpoint_rotate(endpoint: str, **more: Any) -> None:  # noqa: ANN401 - as above
    """Give ENDPOINT (its number or name) a new signing secret. It is shown once."""
    from tollbridge.cli.endpoints import rotate

    rotate(endpoint, **more)


@endpoint.command("remove")
@click.argument("endpoint", metavar="ENDPOINT")
@one_merchant
@database
@as_json
def endpoint_remove(endpoint: str, **more: Any) -> None:  # noqa: ANN401 - as above
    """Send ENDPOINT (its number or name) nothing any more. The log stays."""
    from tollbridge.cli.endpoints import remove

    remove(endpoint, **more)


@click.group()
def notifications() -> None:
    """What was told, and what became of it."""


def narrowing(command: Any) -> Any:  # noqa: ANN401 - as click's decorators
    """The options that say which notifications."""
    for option in reversed(
        (
            click.option("--type", "kind", metavar="TYPE", help="Of this notification type."),
            click.option("--since", metavar="T", help="From T on, business time, RFC 3339."),
            click.option("--until", metavar="T", help="Before T."),
            click.option("--subscription", metavar="S", help="Of this subscription."),
            click.option(
                "--state",
                type=click.Choice(("waiting", "delivered", "failed", "dropped")),
                help="With a delivery in this state.",
            ),
        )
    ):
        command = option(command)
    return command


@notifications.command("list")
@narrowing
@click.option(
    "--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many."
)
@one_merchant
@database
@as_json
def notifications_list(**more: Any) -> None:  # noqa: ANN401 - as above
    """The newest notifications, and what became of each."""
    from tollbridge.cli.notifications import show_list

    show_list(**more)


@notifications.command("show")
@click.argument("notification", type=int)
@one_merchant
@database
@as_json
def notifications_show(notification: int, **more: Any) -> None:  # noqa: ANN401 - as above
    """One notification: its document, its deliveries, every attempt."""
    from tollbridge.cli.notifications import show_one

    show_one(notification, **more)


@notifications.command("replay")
@click.argument("notification", type=int, required=False)
@narrowing
@click.option("--endpoint", metavar="ENDPOINT", help="To this one alone (its number or name).")
@one_merchant
@database
@as_json
def notifications_replay(notification: int | None, **more: Any) -> None:  # noqa: ANN401 - as above
    """Send NOTIFICATION again, or all of a type, a time or a subscription (1000 at most)."""
    from tollbridge.cli.notifications import replay

    replay(notification, **more)


@click.command()
@click.option(
    "--forward", "url", required=True, metavar="URL", help="Such as http://localhost:3000/hook."
)
@click.option("--types", metavar="A,B", help="Notification types, with commas; else all.")
@one_merchant
@database
@as_json
def listen(**more: Any) -> None:  # noqa: ANN401 - as above
    """Send a sandbox merchant's notifications to URL until Ctrl-C, and show what comes of each."""
    from tollbridge.cli.listen import listen as run

    run(**more)


@click.command()
@click.argument("kind", metavar="TYPE")
@click.option("--card", metavar="NUMBER", help="The test card that the customer pays with.")
@one_merchant
@database
@as_json
def trigger(kind: str, **more: Any) -> None:  # noqa: ANN401 - as above
    """Make a notification of TYPE happen for real, at a sandbox merchant.

    A new customer signs up and does what it takes. Where time has to pass the merchant's clock is
    moved, and whatever else falls due on the way is done.
    """
    from tollbridge.cli.trigger import trigger as run

    run(kind, **more)
