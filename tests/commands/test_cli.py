"""The commands beside `serve`: answers, exit codes, `--json`."""

import json
import sqlite3
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.commands.running import run, serving
from tests.house.source import ROOT
from tollbridge import __version__
from tollbridge.bootstrap import Place, opened
from tollbridge.cli.main import root
from tollbridge.commands.add_credential import matches

EXAMPLE = str(ROOT / "examples" / "cloudify.toml")
MERCHANT = (
    "merchant",
    "add",
    "--id",
    "1",
    "--name",
    "Shop",
    "--country",
    "DE",
    "--currency",
    "EUR",
)


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Where the database is to be; there is none yet."""
    return f"sqlite:///{tmp_path / 'shop.db'}"


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE", "SIMULATOR_BOOK", "PUBLIC_URL", "ALLOWED_HOSTS", "LOG_LEVEL"):
        monkeypatch.delenv(f"TOLLBRIDGE_{name}", raising=False)


def command(*arguments: str) -> Result:
    """A command at its end, in this process."""
    return CliRunner().invoke(root, arguments)


def answer(*arguments: str) -> dict[str, object]:
    """What a command that ends well says in JSON, on one line."""
    done = command(*arguments, "--json")
    assert (done.exit_code, done.stderr, done.stdout.count("\n")) == (0, "", 1)
    said = json.loads(done.stdout)
    assert isinstance(said, dict)
    return said


def refusal(*arguments: str) -> tuple[int, str]:
    """Exit code and reason of a command that ends badly; as text it says the same."""
    as_json, as_text = command(*arguments, "--json"), command(*arguments)
    said = json.loads(as_json.stderr)
    assert (as_json.stdout, as_text.stdout, as_text.exit_code) == ("", "", as_json.exit_code)
    assert as_text.stderr == f"tollbridge: {said['message']}\n"
    return as_json.exit_code, said["error"]


def test_version() -> None:
    """On stdout, for programs that ask which one they have."""
    assert command("--version").stdout == f"tollbridge {__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("nothing",),
        ("serve", "--nothing"),
        ("catalog", "apply"),
        ("catalog", "apply", "nowhere.toml"),
        ("catalog", "apply", "."),
        ("merchant", "add"),
        (*MERCHANT, "--mode", "test"),
        (*MERCHANT, "--management-model", "3"),
        ("credential", "add", "kim"),
        ("credential", "add", "--merchant", "x", "kim"),
    ],
    ids=" ".join,
)
def test_usage(arguments: tuple[str, ...]) -> None:
    """What cannot be read as a command ends with 2 and says how it is written."""
    done = command(*arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Usage: " in done.stderr


def test_a_catalog_is_applied(url: str) -> None:
    """Twice: the second time nothing changes."""
    first = answer("catalog", "apply", EXAMPLE, "--database", url)
    ids = [292973, 292122, 294581, 123450, 123456, 123451, 300001, 300002, 300003]
    assert first == {
        "merchant_id": 864,
        "merchant": "created",
        "products": {"added": ids, "changed": [], "unchanged": []},
        "promotions": {"added": [], "changed": [], "unchanged": []},
        "endpoints": {"added": [], "changed": [], "unchanged": []},
    }
    second = command("catalog", "apply", EXAMPLE, "--database", url)
    assert second.stdout == "Merchant 864 unchanged; products: 0 added, 0 changed, 9 unchanged.\n"


def test_a_catalog_with_problems(tmp_path: Path, url: str) -> None:
    """Every problem with its key, one a line or as JSON; nothing is made, not even a file."""
    file = tmp_path / "bad.toml"
    good = Path(EXAMPLE).read_text(encoding="utf-8")
    file.write_text(good.replace('"USD"', '"USDT"', 1).replace('"5.00"', "5.00"), encoding="utf-8")
    arguments = ("catalog", "apply", str(file), "--database", url)
    assert refusal(*arguments) == (1, "catalog_invalid")
    said = json.loads(command(*arguments, "--json").stderr)
    keys = [problem["key"] for problem in said["problems"]]
    assert keys == ["merchant.currency", "product[0].prices[0].amount"]
    assert len(said["message"].splitlines()) == 2
    assert list(tmp_path.iterdir()) == [file]


def test_a_catalog_that_is_no_text(tmp_path: Path, url: str) -> None:
    """A file that cannot be read is a usage error."""
    file = tmp_path / "bad.toml"
    file.write_bytes(b"\xff\xfe")
    assert refusal("catalog", "apply", str(file), "--database", url) == (2, "file_unreadable")


def test_a_mode_that_differs(tmp_path: Path, url: str) -> None:
    """R23: refused with 1."""
    command(*MERCHANT, "--database", url)
    file = tmp_path / "live.toml"
    good = Path(EXAMPLE).read_text(encoding="utf-8").replace("id = 864", "id = 1", 1)
    live = good.replace('"sandbox"', '"live"').replace("clock = 2026-02-09T15:43:07.20517\n", "")
    file.write_text(live, encoding="utf-8")
    assert refusal("catalog", "apply", str(file), "--database", url) == (1, "mode_fixed")


def test_a_merchant_is_added(tmp_path: Path, url: str) -> None:
    """Once; the second with its id is refused."""
    said = answer(*MERCHANT, "--database", url)
    assert said == {"merchant_id": 1, "name": "Shop", "mode": "sandbox"}
    assert refusal(*MERCHANT, "--database", url) == (1, "merchant_exists")
    live = command(*MERCHANT[:3], "2", *MERCHANT[4:], "--mode", "live", "--database", url)
    assert live.stdout == "Merchant 2 'Shop' added, live.\n"
    with opened(Place(url, tmp_path / "book.db", new=False)) as platform:
        clocks = [merchant.clock is None for merchant in platform.store.merchants()]
    assert clocks == [False, True]


def test_a_merchant_with_problems(url: str) -> None:
    """The same checks as in a catalog file."""
    wrong = [*MERCHANT, "--database", url]
    wrong[wrong.index("DE")] = "Germany"
    assert refusal(*wrong) == (1, "catalog_invalid")


def test_a_secret_is_shown_once_and_stored_hashed(tmp_path: Path, url: str) -> None:
    """The secret opens the API and stands nowhere in the database."""
    command(*MERCHANT, "--database", url)
    said = answer("credential", "add", "kim", "--merchant", "1", "--database", url)
    secret = str(said["secret"])
    assert (said["merchant_id"], said["username"], len(secret)) == (1, "kim", 32)
    with opened(Place(url, tmp_path / "book.db", new=False)) as platform:
        credential = platform.store.credential("kim")
        assert credential is not None
        assert matches(credential, secret)
        assert not matches(credential, f"{secret}x")
    kept = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"kim" in kept
    assert secret.encode() not in kept


@pytest.mark.parametrize(
    ("username", "merchant", "expected"),
    [
        ("kim", "1", (1, "username_taken")),
        ("sam", "2", (1, "merchant_unknown")),
        ("a:b", "1", (2, "username_invalid")),
        ("", "1", (2, "username_invalid")),
        ("a\n", "1", (2, "username_invalid")),
        ("x" * 101, "1", (2, "username_invalid")),
    ],
)
def test_credentials_that_are_refused(
    url: str, username: str, merchant: str, expected: tuple[int, str]
) -> None:
    """Taken or unknown is 1; a name that HTTP Basic cannot carry is 2."""
    command(*MERCHANT, "--database", url)
    command("credential", "add", "kim", "--merchant", "1", "--database", url)
    given = ("credential", "add", username, "--merchant", merchant, "--database", url)
    assert refusal(*given) == expected


@pytest.mark.parametrize(
    "arguments", [("doctor",), ("credential", "add", "kim", "--merchant", "1")], ids=" ".join
)
def test_a_database_that_is_not_there(tmp_path: Path, url: str, arguments: tuple[str, ...]) -> None:
    """What looks for something makes no empty database: 3."""
    assert refusal(*arguments, "--database", url) == (3, "database_missing")
    assert list(tmp_path.iterdir()) == []


def test_migrate(url: str, postgres_url: str) -> None:
    """Says what it applied; the second time nothing is left to do. The same on both engines."""
    for database in (url, postgres_url):
        applied = answer("migrate", "--database", database)["applied"]
        assert applied
        assert command("migrate", "--database", database).stdout == "Up to date.\n"


def test_a_password_is_never_shown(url: str) -> None:
    """A database that cannot be reached is named without its password."""
    del url
    done = command("doctor", "--database", "postgresql://kim:hush@127.0.0.1:1/shop")
    assert done.exit_code == 3
    assert "postgresql://kim:***@127.0.0.1:1/shop" in done.stderr
    assert "hush" not in done.stderr


def test_doctor_finds_what_is_wrong(tmp_path: Path) -> None:
    """A row that was changed behind the platform's back: found with its subscription, exit 1."""
    with serving("--demo", cwd=tmp_path):
        pass
    url = f"sqlite:///{tmp_path / 'tollbridge-demo.db'}"
    assert answer("doctor", "--database", url) == {"findings": []}
    database = sqlite3.connect(tmp_path / "tollbridge-demo.db")
    with database:
        database.execute("UPDATE posting SET amount = amount + 1 WHERE purchase_id = 531157892")
    database.close()
    done = command("doctor", "--database", url, "--json")
    assert done.exit_code == 1
    findings = json.loads(done.stdout)["findings"]
    assert {finding["subscription_id"] for finding in findings} == {"S67531904"}
    assert command("doctor", "--database", url).stdout.startswith("864 S67531904 ")


def test_a_fault_shows_where_it_is(tmp_path: Path) -> None:
    """A merchant that nobody can read is no refusal: 70, with a traceback."""
    with serving("--demo", cwd=tmp_path):
        pass
    database = sqlite3.connect(tmp_path / "tollbridge-demo.db")
    with database:
        database.execute("UPDATE merchant SET document = x'00'")
    database.close()
    done = run("doctor", "--database", "tollbridge-demo.db", cwd=tmp_path)
    assert done.returncode == 70
    assert "Traceback" in done.stderr
    assert done.stderr.endswith("tollbridge: this is a fault of Tollbridge\n")
