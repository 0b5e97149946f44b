"""`tollbridge endpoint` and `tollbridge notifications`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from tests.contract.receiving import OK, answering, receiving
from tests.noticing import HOOK, deliver
from tollbridge.bootstrap import opened as opened_at
from tollbridge.bootstrap import place_of
from tollbridge.cli.main import root
from tollbridge.domain.signing import read_secret
from tollbridge.flows.collecting import Collector
from tollbridge.flows.triggering import trigger
from tollbridge.ports import Platform
from tollbridge.settings import Settings

PAID = "PaidOrderNotification"
CANCELED = "RecurringBillingCanceledNotification"
SHOP = """
[merchant]
id = 1
name = "Shop"
mode = "sandbox"
clock = 2026-02-09T12:00:00
country = "DE"
currency = "EUR"
management_model = "Two"

[[product]]
id = 9
name = "Seat"
interval = "P1M"
prices = [{ currency = "EUR", tax = "gross", amount = "5.00" }]
"""


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database with the merchant 1."""
    for name in ("DATABASE", "SIMULATOR_BOOK", "SECRET_KEY", "PUBLIC_URL", "PRIVATE_ENDPOINTS"):
        monkeypatch.delenv(f"TOLLBRIDGE_{name}", raising=False)
    place = f"sqlite:///{tmp_path / 'shop.db'}"
    (tmp_path / "shop.toml").write_text(SHOP, encoding="utf-8")
    done = CliRunner().invoke(
        root, ["catalog", "apply", str(tmp_path / "shop.toml"), "--database", place]
    )
    assert done.exit_code == 0, done.output
    return place


@pytest.fixture
def platform(url: str) -> Iterator[Platform]:
    """The same database, as a program has it."""
    with opened_at(place_of(Settings(), url)) as made:
        yield made


def run(url: str, *arguments: str, code: int = 0, **given: str) -> dict[str, Any]:
    """The JSON of a command that ends with this code."""
    done = CliRunner().invoke(root, [*arguments, "--database", url, "--json"], env=given)
    assert done.exit_code == code, done.output
    answer: dict[str, Any] = json.loads(done.stdout or done.stderr)
    return answer


def text(url: str, *arguments: str) -> list[str]:
    """The lines of a command for people."""
    done = CliRunner().invoke(root, [*arguments, "--database", url])
    assert done.exit_code == 0, done.output
    return done.stdout.splitlines()


def happened(platform: Platform, kind: str, times: int = 1) -> None:
    """Notifications come about."""
    collector = Collector(platform)
    for _ in range(times):
        trigger(collector, 1, kind)
    collector.close()


def test_the_life_of_an_endpoint(url: str) -> None:
    """What is not given stays; secrets are shown once, and lists never show one."""
    narrow = ("--type", PAID, "--type", CANCELED, "--product", "9", "--chaos", "drop=5, delay=1")
    basic = ("--username", "u", "--password-from", "HOOK_PASSWORD")
    made = run(url, "endpoint", "add", "shop", "--url", HOOK, *narrow, *basic, HOOK_PASSWORD="p4ss")
    secret = made.pop("secret")
    assert len(read_secret(secret)) == 32
    assert (made["types"], made["product_ids"], made["username"]) == ([PAID, CANCELED], [9], "u")
    assert (made["chaos"]["drop"], made["chaos"]["delay"], made["active"]) == (5, 1, True)
    assert run(url, "endpoint", "list") == {"endpoints": [made]}
    changed = run(url, "endpoint", "change", "shop", "--format", "xml", "--inactive")
    assert changed == {**made, "format": "xml", "active": False}
    wide = ("--type", "all", "--product", "all", "--chaos", "none", "--active", "--username", "")
    wider = run(url, "endpoint", "change", str(made["endpoint_id"]), "--name", "store", *wide)
    assert (wider["name"], wider["types"], wider["product_ids"]) == ("store", [], [])
    assert (wider["username"], wider["active"], wider["chaos"]["drop"]) == ("", True, 0)
    rotated = run(url, "endpoint", "rotate", "store", "--overlap", "2")
    assert rotated["secret"] != secret
    listed = "\n".join(text(url, "endpoint", "list"))
    assert listed == f"1 store: {HOOK}, xml, active; everything"
    assert run(url, "endpoint", "remove", "store") == {"endpoint_id": 1, "name": "store"}
    assert text(url, "endpoint", "list") == ["No endpoints."]


def test_in_words(url: str) -> None:
    """The secret is told with the word that it is not told again."""
    lines = text(url, "endpoint", "add", "shop", "--url", HOOK, "--type", PAID)
    assert lines[0] == f"1 shop: {HOOK}, json, active; {PAID}"
    assert lines[1].startswith("Signing secret: whsec_")
    assert lines[2] == "It is not shown again."
    assert text(url, "endpoint", "rotate", "1")[1] != lines[1]


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (("add", "shop", "--url", HOOK), 1, "endpoint_name_taken"),
        (("add", "b", "--url", "http://10.0.0.1/"), 1, "endpoint_private"),
        (("add", "b", "--url", HOOK, "--type", "Paid"), 1, "invalid_value"),
        (("add", "b", "--url", HOOK, "--product", "8"), 1, "product_unknown"),
        (("add", "b", "--url", HOOK, "--product", "x"), 2, "product_invalid"),
        (("add", "b", "--url", HOOK, "--chaos", "drop"), 2, "chaos_invalid"),
        (("add", "b", "--url", HOOK, "--chaos", "lose=5"), 2, "chaos_invalid"),
        (("add", "b", "--url", HOOK, "--chaos", "drop=5,drop=6"), 2, "chaos_invalid"),
        (("add", "b", "--url", HOOK, "--chaos", "drop=101"), 1, "invalid_value"),
        (("add", "b", "--url", HOOK, "--username", "u"), 1, "invalid_value"),
        (("add", "b", "--url", HOOK, "--password-from", "NOT_THERE"), 2, "password_missing"),
        (("change", "b", "--inactive"), 1, "endpoint_unknown"),
        (("rotate", "2"), 1, "endpoint_unknown"),
        (("remove", "b"), 1, "endpoint_unknown"),
    ],
)
def test_what_is_refused(url: str, arguments: tuple[str, ...], code: int, error: str) -> None:
    """With a reason, and nothing has changed."""
    run(url, "endpoint", "add", "shop", "--url", HOOK)
    before = run(url, "endpoint", "list")
    assert run(url, "endpoint", *arguments, code=code)["error"] == error
    assert run(url, "endpoint", "list") == before


def test_what_was_told(url: str, platform: Platform) -> None:
    """Lists with what became of each, narrowed; one with its document and its attempts."""
    with receiving(answering(OK)) as receiver:
        hook = f"http://127.0.0.1:{receiver.port}/hook"
        run(url, "endpoint", "add", "shop", "--url", hook, "--type", PAID)
        happened(platform, CANCELED, 2)
        deliver(platform, 1)
    listed = run(url, "notifications", "list")
    assert (len(listed["notifications"]), listed["more"]) == (4, False)
    assert run(url, "notifications", "list", "--limit", "3")["more"]
    paid = run(url, "notifications", "list", "--type", PAID)["notifications"]
    assert [one["deliveries"] for one in paid] == [
        [{"endpoint_id": 1, "replay": 0, "state": "delivered", "tries": 1}]
    ] * 2
    whom = paid[0]["subscription_ids"][0]
    of_one = run(url, "notifications", "list", "--subscription", whom)["notifications"]
    assert [one["type"] for one in of_one] == [CANCELED, PAID]
    assert len(run(url, "notifications", "list", "--state", "delivered")["notifications"]) == 2
    assert run(url, "notifications", "list", "--until", "2026-02-09")["notifications"] == []
    number = str(paid[0]["notification_id"])
    shown = run(url, "notifications", "show", number)
    assert shown["payload"]["meta"]["type"] == PAID
    assert json.loads(shown["bodies"][0]["body"]) == shown["payload"]
    assert shown["deliveries"][0]["attempts"][0]["status"] == 200
    lines = text(url, "notifications", "show", number)
    assert PAID in lines[0]
    assert lines[-2] == "endpoint 1: delivered"
    assert "  200  " in lines[-1]
    assert sum("sent to nobody" in line for line in text(url, "notifications", "list")) == 2


def test_sent_again(url: str, platform: Platform) -> None:
    """One, or all that fit; to those that want it or to the one that is named."""
    shop = run(url, "endpoint", "add", "shop", "--url", HOOK, "--type", PAID)["endpoint_id"]
    books = run(url, "endpoint", "add", "books", "--url", HOOK)["endpoint_id"]
    happened(platform, CANCELED)
    number = str(
        run(url, "notifications", "list", "--type", PAID)["notifications"][0]["notification_id"]
    )
    replay = ("notifications", "replay")
    assert run(url, *replay, number)["endpoint_ids"] == [shop, books]
    assert run(url, *replay, number, "--endpoint", "shop")["endpoint_ids"] == [shop]
    everything = {"notifications": 2, "deliveries": 3, "endpoint_ids": [shop, books]}
    assert run(url, *replay, "--since", "2026-02-09") == everything
    assert run(url, *replay, "--type", CANCELED)["endpoint_ids"] == [books]
    line = text(url, *replay, "--type", PAID)
    assert line == ["Sent again: 1 notifications, 2 posts."]


@pytest.mark.parametrize(
    ("arguments", "code", "error"),
    [
        (("list", "--type", "Paid"), 1, "invalid_value"),
        (("list", "--since", "soon"), 2, "time_invalid"),
        (("list", "--subscription", "x"), 2, "subscription_invalid"),
        (("show", "99"), 1, "notification_unknown"),
        (("replay",), 1, "missing_field"),
        (("replay", "99"), 1, "notification_unknown"),
        (("replay", "1", "--type", PAID), 2, "usage"),
        (("replay", "1", "--endpoint", "nobody"), 1, "endpoint_unknown"),
        (("replay", "1"), 1, "no_endpoint"),
    ],
)
def test_what_is_not_there(
    url: str, platform: Platform, arguments: tuple[str, ...], code: int, error: str
) -> None:
    """With a reason."""
    happened(platform, PAID)
    assert run(url, "notifications", *arguments, code=code)["error"] == error
