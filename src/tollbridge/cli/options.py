"""The options that many commands have."""

import click

as_json = click.option("--json", "as_json", is_flag=True, help="Answer with one JSON object.")
database = click.option(
    "--database",
    metavar="URL",
    help="sqlite:///file.db or postgresql://... (else TOLLBRIDGE_DATABASE, else"
    " sqlite:///tollbridge.db).",
)
one_merchant = click.option(
    "--merchant", "merchant_id", type=int, help="The merchant's number; may be left out if one."
)
