"""Settings, places, the tax table that is shipped, and what the log keeps to itself."""

import json
import subprocess
import sys
from base64 import b64encode
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import msgspec
import pytest

from tollbridge.bootstrap import (
    TAX_RATES,
    Place,
    PlaceError,
    opened,
    place_of,
    read_tax_table,
)
from tollbridge.bootstrap.log_lines import UNLOGGED
from tollbridge.domain.country import is_country
from tollbridge.domain.merchant import ManagementModel, Merchant, Mode
from tollbridge.domain.payment import Card
from tollbridge.domain.refusal import NotAllowed
from tollbridge.ports import MailServer
from tollbridge.rest.request_log import RequestLine
from tollbridge.settings import SecretKey, Settings, SettingsError, read_settings

NOW = datetime(2026, 11, 21, tzinfo=UTC)
KEY = b64encode(b"k" * 32).decode()
LOGGING = """
import logging, warnings
from tollbridge.bootstrap.log_lines import start_logs
from tollbridge.logs import log
start_logs("info")
logging.getLogger("library").debug("unheard")
log.note("told", port=1, api_secret="hush", nested={"Email": "hush", "fine": [{"card": "hush"}]})
try:
    raise ValueError("hush")
except ValueError:
    log.exception("failed")
    logging.getLogger("library").exception("broke")
logging.getLogger("library").warning("careful: %s", "now")
warnings.warn("old", stacklevel=1)
"""


def logged() -> list[dict[str, object]]:
    """What a program of its own logs."""
    done = subprocess.run(
        [sys.executable, "-c", LOGGING], capture_output=True, text=True, check=True
    )
    assert (done.stdout, "hush" in done.stderr) == ("", False)
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_the_log_drops_secrets_and_persons() -> None:
    """Whatever is named like a secret, a card or an address, however deep, is not written."""
    told, *_ = logged()
    assert told["event"] == "told"
    assert (told["level"], told["port"], told["nested"]) == ("info", 1, {"fine": [{}]})
    assert "api_secret" not in told
    assert datetime.fromisoformat(str(told["at"])).tzinfo is not None


def test_the_log_names_errors_without_quoting_them() -> None:
    """The message of an exception may quote a customer's row: its kind and place are enough."""
    _, failed, broke, careful, warned = logged()
    for line in (failed, broke):
        assert line["error"] == "ValueError"
        assert line["where"] == ["<string>:9 <module>"]
    assert (broke["logger"], careful["event"]) == ("library", "careful: now")
    assert (careful["level"], warned["logger"]) == ("warning", "py.warnings")


def test_settings_are_read() -> None:
    """Each variable by its name; empty ones and strangers count as not set."""
    assert read_settings({"TOLLBRIDGE_DATABASE": "", "TOLLBRIDGE_PORT": "tcp://x"}) == Settings()
    found = read_settings(
        {
            "TOLLBRIDGE_DATABASE": "shop.db",
            "TOLLBRIDGE_SIMULATOR_BOOK": "book.db",
            "TOLLBRIDGE_PUBLIC_URL": "https://Shop.example.com/",
            "TOLLBRIDGE_ALLOWED_HOSTS": "Shop.example.com, [::1], *",
            "TOLLBRIDGE_LOG_LEVEL": "DEBUG",
            "TOLLBRIDGE_RATE_LIMIT": "0",
            "TOLLBRIDGE_RATE_LIMIT_LOCAL": "On",
            "TOLLBRIDGE_SECRET_KEY": f"{KEY}, {b64encode(bytes(32)).decode()}",
        }
    )
    assert found == Settings(
        database="shop.db",
        simulator_book=Path("book.db"),
        public_url="https://Shop.example.com",
        allowed_hosts=("shop.example.com", "::1", "*"),
        log_level="debug",
        rate_limit=0,
        rate_limit_local=True,
        secret_key=(SecretKey(b"k" * 32), SecretKey(bytes(32))),
    )
    assert "kkk" not in repr(found)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("PUBLIC_URL", "shop.example.com"),
        ("PUBLIC_URL", "ftp://shop.example.com"),
        ("PUBLIC_URL", "https://"),
        ("PUBLIC_URL", "https://shop.example.com/?a=b"),
        ("ALLOWED_HOSTS", "https://shop.example.com"),
        ("ALLOWED_HOSTS", "shop.example.com:80"),
        ("ALLOWED_HOSTS", "*.example.com"),
        ("LOG_LEVEL", "all"),
        ("RATE_LIMIT", "-1"),
        ("RATE_LIMIT", "many"),
        ("RATE_LIMIT", "1000001"),
        ("RATE_LIMIT_LOCAL", "maybe"),
        ("GATEWAY", "paypal"),
        ("STRIPE_API_KEY", "pk_live_1"),
        ("STRIPE_API_BASE", "api.stripe.com"),
        ("SMTP_URL", "mail.example.com"),
        ("SMTP_URL", "http://mail.example.com"),
        ("SMTP_URL", "smtp://"),
        ("SMTP_URL", "smtp://mail.example.com:many"),
        ("SMTP_URL", "smtp://anna@mail.example.com"),
        ("SMTP_URL", "smtp://mail.example.com/path"),
        ("SMTP_URL", "smtp://mail.example.com?tls=no"),
        ("MAIL_FROM", "nobody"),
        ("MAIL_FROM", "Shop <a@b.example>"),
        ("MAIL_FROM", "änna@b.example"),
        ("MAIL_SANDBOX", "perhaps"),
        ("SECRET_KEY", "hush"),
        ("SECRET_KEY", f"{KEY},"),
        ("SECRET_KEY", f"{KEY},{KEY}"),
        ("SECRET_KEY", b64encode(b"x" * 31).decode()),
        ("SECRET_KEY", "ü" * 44),
    ],
)
def test_a_wrong_setting_is_named(name: str, text: str) -> None:
    """The variable and what was found in it."""
    with pytest.raises(SettingsError, match=f"TOLLBRIDGE_{name}: "):
        read_settings({f"TOLLBRIDGE_{name}": text})


STRIPE = {
    "TOLLBRIDGE_GATEWAY": "stripe",
    "TOLLBRIDGE_STRIPE_API_KEY": "sk_test_hush",
    "TOLLBRIDGE_PUBLIC_URL": "https://shop.example.com",
}


@pytest.mark.parametrize("missing", ["TOLLBRIDGE_STRIPE_API_KEY", "TOLLBRIDGE_PUBLIC_URL"])
def test_stripe_is_not_half_set_up(missing: str) -> None:
    """The variable that is missing is named before anything is opened."""
    with pytest.raises(SettingsError, match=f"{missing}: Stripe needs it"):
        read_settings(STRIPE | {missing: ""})


SMTP = {
    "TOLLBRIDGE_SMTP_URL": "smtp://anna:h%40sh@mail.example.com",
    "TOLLBRIDGE_MAIL_FROM": "no-reply@example.com",
}


def test_a_mail_server() -> None:
    """Its usual port, a login whose letters may be encoded, and TLS from the beginning or not."""
    settings = read_settings(SMTP | {"TOLLBRIDGE_MAIL_SANDBOX": "on"})
    assert settings.smtp_url == MailServer(
        host="mail.example.com", port=587, user="anna", password="h@sh"
    )
    assert (settings.mail_from, settings.mail_sandbox) == ("no-reply@example.com", True)
    secure = read_settings(SMTP | {"TOLLBRIDGE_SMTP_URL": "smtps://[::1]"}).smtp_url
    assert secure == MailServer(host="::1", port=465, secure=True)
    place = place_of(settings)
    assert place.mails.server == settings.smtp_url
    assert "h@sh" not in f"{settings!r} {place!r}"
    with pytest.raises(SettingsError, match="TOLLBRIDGE_MAIL_FROM: mails need an address") as told:
        read_settings(SMTP | {"TOLLBRIDGE_MAIL_FROM": ""})
    assert "h@sh" not in str(told.value)
    with pytest.raises(SettingsError) as told:
        read_settings(SMTP | {"TOLLBRIDGE_SMTP_URL": "imap://anna:h@sh@mail.example.com"})
    assert "h@sh" not in str(told.value)


def test_a_key_shows_itself_nowhere() -> None:
    """Neither in what the settings print, nor in a place, nor when it is no key."""
    settings = read_settings(STRIPE)
    place = place_of(settings)
    assert place.stripe is not None
    assert place.stripe.api_key.secret == "sk_test_hush"
    assert "hush" not in f"{settings!r} {place!r} {place.shown}"
    with pytest.raises(SettingsError) as caught:
        read_settings(STRIPE | {"TOLLBRIDGE_STRIPE_API_KEY": "hush"})
    assert "hush" not in str(caught.value)


def test_live_merchants_are_paid_by_stripe_and_others_by_the_simulator(tmp_path: Path) -> None:
    """A sandbox merchant never meets Stripe, a live one never the simulator."""
    environment = STRIPE | {"TOLLBRIDGE_DATABASE": f"sqlite:///{tmp_path / 'shop.db'}"}
    with opened(place_of(read_settings(environment))) as platform:
        for number, mode, clock in ((1, Mode.LIVE, None), (2, Mode.SANDBOX, NOW)):
            platform.store.put_merchant(
                Merchant(
                    id=number,
                    name="Shop",
                    mode=mode,
                    clock=clock,
                    country="DE",
                    currency="EUR",
                    management_model=ManagementModel.TWO,
                )
            )
        typed = Card(number="4242424242424242", expiry_month=12, expiry_year=2030)
        assert platform.gateway.store_card(2, typed).gateway == "simulator"
        with pytest.raises(NotAllowed, match="Stripe's page only"):
            platform.gateway.store_card(1, typed)
        with pytest.raises(ValueError, match="no merchant 3"):
            platform.gateway.store_card(3, typed)


@pytest.mark.parametrize(
    ("given", "database", "book"),
    [
        (None, "sqlite:///tollbridge.db", "tollbridge.db.simulator"),
        ("shop.db", "shop.db", "shop.db.simulator"),
        ("sqlite:////var/shop.db", "sqlite:////var/shop.db", "/var/shop.db.simulator"),
        ("postgresql://u:p@h/shop", "postgresql://u:p@h/shop", "tollbridge-simulator-shop.db"),
        ("postgres://h", "postgres://h", "tollbridge-simulator-postgres.db"),
    ],
)
def test_the_book_lies_beside_the_database(given: str | None, database: str, book: str) -> None:
    """As docs/reference/settings.md says."""
    place = place_of(Settings(), given)
    assert (place.database, place.book) == (database, Path(book))


@pytest.mark.parametrize(
    ("database", "shown"),
    [
        ("postgresql://u:hush@h/db", "postgresql://u:***@h/db"),
        ("postgresql://u:hush@h1:1,h2:2/db", "postgresql://u:***@h1:1,h2:2/db"),
        ("postgresql://u:hush@[::1]:5432/db", "postgresql://u:***@[::1]:5432/db"),
        ("postgresql://u:hush@hush@h/db", "postgresql://u:***@h/db"),
        ("postgresql://u:hu/sh@h/db", "postgresql://u:***@h/db"),
        ("postgresql://u:hush%40@h/db", "postgresql://u:***@h/db"),
        ("postgres://:hush@h", "postgres://:***@h"),
        ("postgresql://h/db?user=u&password=hush", "postgresql://h/db?user=u&password=***"),
        (
            "postgresql://u:hush@h1,h2/db?sslpassword=hush&sslmode=require&password=hush",
            "postgresql://u:***@h1,h2/db?sslpassword=***&sslmode=require&password=***",
        ),
        ("postgresql:///db?pass%77ord=hush", "postgresql:///db?pass%77ord=***"),
        ("postgresql:///db?user=a@b&password=hu@sh", "postgresql:///db?user=a@b&password=***"),
        ("postgresql://u@h:5432/db", "postgresql://u@h:5432/db"),
        ("postgresql://h:5432/db", "postgresql://h:5432/db"),
        ("sqlite:////var/a:b@c.db", "sqlite:////var/a:b@c.db"),
        ("shop.db", "shop.db"),
    ],
)
def test_no_password_is_shown(database: str, shown: str) -> None:
    """Neither before the hosts, however many they are, nor among the parameters."""
    assert Place(database, Path("book.db"), new=False).shown == shown


def test_what_is_given_goes_before_the_settings() -> None:
    """The option, then the variable, then the usual place."""
    settings = Settings(database="set.db", simulator_book=Path("own.db"))
    given = place_of(settings, "given.db")
    assert given[:3] == ("given.db", Path("own.db"), True)
    assert given.key_file == Path("given.db.key")
    assert place_of(settings, demo=True).database == "set.db"
    assert place_of(Settings(), demo=True).database == "sqlite:///tollbridge-demo.db"


def test_a_file_that_is_no_book(tmp_path: Path) -> None:
    """The simulator's book is not made over something else."""
    book = tmp_path / "letter.txt"
    book.write_text("Dear Kim", encoding="utf-8")
    with pytest.raises(PlaceError, match="is not a book"), opened(Place("x.db", book, new=True)):
        pass
    assert book.read_text(encoding="utf-8") == "Dear Kim"


@pytest.mark.parametrize(
    ("country", "day", "rate"),
    [
        ("DE", (2020, 6, 30), "0.19"),
        ("DE", (2020, 7, 1), "0.16"),
        ("DE", (2020, 12, 31), "0.16"),
        ("DE", (2021, 1, 1), "0.19"),
        ("FI", (2024, 8, 31), "0.24"),
        ("FI", (2024, 9, 1), "0.255"),
        ("EE", (2025, 7, 1), "0.24"),
        ("SK", (2025, 1, 1), "0.23"),
        ("RO", (2025, 7, 31), "0.19"),
        ("RO", (2025, 8, 1), "0.21"),
        ("LU", (2023, 6, 1), "0.16"),
        ("IE", (2020, 10, 1), "0.21"),
        ("CH", (2026, 1, 1), "0.081"),
        ("US", (2026, 1, 1), "0"),
    ],
)
def test_the_rates_that_are_shipped(country: str, day: tuple[int, int, int], rate: str) -> None:
    """R14: the rate of the country on the UTC date."""
    found = read_tax_table().rate(country, datetime(*day, 23, 59, tzinfo=UTC))
    assert found.rate == Decimal(rate)
    assert found.source


def test_every_rate_is_plausible() -> None:
    """R14: a known country, a share below a third, a date that is past, and where it is from."""
    rates = json.loads(TAX_RATES.read_text(encoding="utf-8"))["rates"]
    assert len(rates) > 50
    for rate in rates:
        assert is_country(rate["country"])
        assert 0 < Decimal(rate["rate"]) < Decimal("0.3")
        assert date(1980, 1, 1) < date.fromisoformat(rate["valid_from"]) < date(2027, 1, 1)
        assert rate["source"]


REQUESTS = """
import sys
from datetime import UTC, datetime
from tollbridge.bootstrap.log_lines import request_log, start_logs
from tollbridge.rest.request_log import RequestLine, by_structlog
start_logs("info")
lines = [
    RequestLine(at=datetime.now(UTC), level="info", request_id="r1", method="GET", path="/p",
        status=200, ms=0.25, merchant=864),
    RequestLine(at=datetime.now(UTC), level="info", request_id="r2", method="GET", path="/p",
        status=429, ms=0.25, merchant=0, reason="too_many_requests", peer="203.0.113.5"),
]
for line in lines:
    by_structlog(line)
    request_log(sys.argv[1])(line)
"""


def requests_logged(level: str) -> list[dict[str, object]]:
    """What is written of two requests, each first by structlog and then directly."""
    done = subprocess.run(
        [sys.executable, "-c", REQUESTS, level], capture_output=True, text=True, check=True
    )
    return [json.loads(line) for line in done.stderr.splitlines()]


def test_the_line_of_a_request_is_that_of_structlog() -> None:
    """Written directly it says the same, under the same names."""
    one, same_as_one, two, same_as_two = requests_logged("info")
    for by_structlog, written in ((one, same_as_one), (two, same_as_two)):
        assert datetime.fromisoformat(str(by_structlog.pop("at"))).tzinfo is not None
        assert datetime.fromisoformat(str(written.pop("at"))).tzinfo is not None
        assert by_structlog == written
    assert (one["event"], one["level"], one["ms"]) == ("request", "info", 0.25)
    assert "reason" not in one
    assert (two["reason"], two["peer"]) == ("too_many_requests", "203.0.113.5")


def test_requests_are_not_told_above_info() -> None:
    """TOLLBRIDGE_LOG_LEVEL=warning: nothing of what goes well is written."""
    assert len(requests_logged("debug")) == 4
    assert len(requests_logged("warning")) == 2


def test_no_field_of_a_request_is_one_that_is_never_logged() -> None:
    """The fields of a request's line are not looked through, so none may be named like a secret."""
    names = {field.name for field in msgspec.structs.fields(RequestLine)}
    assert not [name for name in names for word in UNLOGGED if word in name]
