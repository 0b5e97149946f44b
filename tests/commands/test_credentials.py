"""`tollbridge credential`: add with scopes, list, rotate, revoke."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from tollbridge.cli.main import root


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A database with the merchant 1."""
    for name in ("DATABASE", "SIMULATOR_BOOK"):
        monkeypatch.delenv(f"TOLLBRIDGE_{name}", raising=False)
    place = f"sqlite:///{tmp_path / 'shop.db'}"
    made = ("--id", "1", "--name", "Shop", "--country", "DE", "--currency", "EUR")
    done = CliRunner().invoke(root, ["merchant", "add", *made, "--database", place])
    assert done.exit_code == 0
    return place


def run(url: str, *arguments: str) -> tuple[int, dict[str, object]]:
    """Exit code and JSON of `tollbridge credential`."""
    given = ["credential", *arguments, "--merchant", "1", "--database", url, "--json"]
    done = CliRunner().invoke(root, given)
    return done.exit_code, json.loads(done.stdout or done.stderr)


def test_the_life_of_a_credential(url: str) -> None:
    """Each secret is another, and the list never shows one."""
    code, added = run(url, "add", "shop", "--scope", "read", "--scope", "change")
    assert (code, added["username"]) == (0, "shop")
    assert run(url, "add", "all")[0] == 0
    code, rotated = run(url, "rotate", "shop", "--overlap", "2")
    assert code == 0
    assert rotated["secret"] != added["secret"]
    assert run(url, "revoke", "all") == (0, {"merchant_id": 1, "username": "all"})
    code, listed = run(url, "list")
    assert code == 0
    users = listed["credentials"]
    assert isinstance(users, list)
    assert [(each["username"], each["state"], each["scopes"]) for each in users] == [
        ("all", "revoked", ["change", "read", "sandbox"]),
        ("shop", "active", ["change", "read"]),
    ]
    for secret in (added["secret"], rotated["secret"]):
        assert str(secret) not in json.dumps(listed)


def test_in_words(url: str) -> None:
    """One line for each user."""
    run(url, "add", "shop", "--scope", "read")
    text = CliRunner().invoke(root, ["credential", "list", "--merchant", "1", "--database", url])
    assert text.stdout == "shop: active; scopes read; last used never\n"


@pytest.mark.parametrize("command", ["rotate", "revoke"])
def test_unknown_users(url: str, command: str) -> None:
    """Exit code 1, and the reason."""
    code, said = run(url, command, "nobody")
    assert (code, said["error"]) == (1, "credential_unknown")
