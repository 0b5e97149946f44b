"""The `[[endpoint]]` tables of a catalog file: read, applied, applied again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.commands.running import run
from tests.noticing import HOOK, telling
from tollbridge.bootstrap import Place, migrate, opened
from tollbridge.commands.apply_catalog import CatalogApplied, apply_catalog
from tollbridge.commands.catalog_file import CatalogInvalid, parse_catalog
from tollbridge.domain.endpoint import Chaos, Endpoint, EndpointSecrets, Format
from tollbridge.domain.refusal import Refusal
from tollbridge.domain.signing import read_secret
from tollbridge.ports import Platform

SHOP = """
[merchant]
id = 864
name = "Cloudify"
mode = "sandbox"
clock = 2026-02-09T15:43:07
country = "DE"
currency = "USD"
management_model = "Two"

[[product]]
id = 1
name = "Seat"
interval = "P1M"
prices = [{ currency = "USD", tax = "gross", amount = "5.00" }]

"""
ENDPOINT = f"""
[[endpoint]]
name = "shop"
url = "{HOOK}"
"""
WHOLE = f"""
[[endpoint]]
name = "books"
url = "{HOOK}/books"
types = ["PaidOrderNotification", "RefundNotification"]
products = [1]
format = "xml"
username = "tollbridge"
password_from = "BOOKS_PASSWORD"
active = false
chaos = {{ drop = 5, server_error = 10 }}
"""
ENVIRONMENT = {"BOOKS_PASSWORD": "p4ss"}


@pytest.fixture(params=["sqlite", "postgres"])
def telling_platform(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Platform]:
    """A platform on each engine that posts to this machine and keeps secrets."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'platform.db'}"
    else:
        url = request.getfixturevalue("postgres_url")
    place = telling(Place(url, tmp_path / "book.db", new=True))
    migrate(place)
    with opened(place) as made:
        yield made


def apply(
    platform: Platform, text: str, environment: dict[str, str] = ENVIRONMENT
) -> CatalogApplied:
    """Apply the merchant with these tables."""
    return apply_catalog(platform, parse_catalog(SHOP + text, environment))


def stored(platform: Platform) -> dict[str, tuple[Endpoint, EndpointSecrets | None]]:
    """The merchant's endpoints with their secrets, by name."""
    return {
        one.name: (one, platform.store.endpoint_secrets(864, one.id))
        for one in platform.store.endpoints(864)
    }


def test_the_first_time_they_are_made(telling_platform: Platform) -> None:
    """With what the file says; the secrets are shown then."""
    applied = apply(telling_platform, ENDPOINT + WHOLE)
    shop, books = applied.endpoints.added
    found = stored(telling_platform)
    assert found.keys() == {"shop", "books"}
    for made in (shop, books):
        endpoint, kept = found[made.endpoint.name]
        assert (endpoint, kept) == (made.endpoint, made.secrets)
        assert kept is not None
        opened_secret = telling_platform.sealer.open(864, kept.signing)
        assert opened_secret == read_secret(made.shown)
    assert shop.endpoint.active
    assert (shop.endpoint.types, shop.endpoint.product_ids) == ((), ())
    endpoint = books.endpoint
    assert endpoint.url == f"{HOOK}/books"
    assert endpoint.types == ("PaidOrderNotification", "RefundNotification")
    assert (endpoint.product_ids, endpoint.format, endpoint.active) == ((1,), Format.XML, False)
    assert (endpoint.username, endpoint.chaos) == ("tollbridge", Chaos(drop=5, server_error=10))
    assert telling_platform.sealer.open(864, books.secrets.password) == b"p4ss"


def test_the_second_time_nothing_changes(telling_platform: Platform) -> None:
    """Secrets and ids stay what they are."""
    apply(telling_platform, ENDPOINT + WHOLE)
    before = stored(telling_platform)
    plan = apply(telling_platform, ENDPOINT + WHOLE).endpoints
    assert (plan.added, plan.changed, plan.unchanged) == ((), (), ("shop", "books"))
    assert stored(telling_platform) == before


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('format = "xml"', 'format = "json"'),
        ("products = [1]", ""),
        ("active = false", "active = true"),
        ("drop = 5", "drop = 6"),
        (f"{HOOK}/books", f"{HOOK}/other"),
    ],
)
def test_what_differs_is_changed(telling_platform: Platform, old: str, new: str) -> None:
    """The secret stays; nothing else is touched."""
    apply(telling_platform, ENDPOINT + WHOLE)
    before = stored(telling_platform)
    plan = apply(telling_platform, ENDPOINT + WHOLE.replace(old, new)).endpoints
    assert [one.endpoint.name for one in plan.changed] == ["books"]
    assert plan.unchanged == ("shop",)
    after = stored(telling_platform)
    assert after["shop"] == before["shop"]
    (was, kept), (now, kept_now) = before["books"], after["books"]
    assert (was != now, was.id) == (True, now.id)
    assert kept is not None
    assert kept_now is not None
    assert kept_now.signing == kept.signing


def test_a_new_password_is_a_change(telling_platform: Platform) -> None:
    """It is compared without being shown."""
    apply(telling_platform, WHOLE)
    plan = apply(telling_platform, WHOLE, {"BOOKS_PASSWORD": "other"}).endpoints
    [changed] = plan.changed
    assert telling_platform.sealer.open(864, changed.secrets.password) == b"other"
    assert apply(telling_platform, WHOLE, {"BOOKS_PASSWORD": "other"}).endpoints.changed == ()


def test_what_the_file_does_not_say_stays(telling_platform: Platform) -> None:
    """Whether an endpoint is active, and endpoints that it does not name."""
    apply(telling_platform, ENDPOINT + WHOLE)
    apply(telling_platform, ENDPOINT + "active = false\n")
    assert not stored(telling_platform)["shop"][0].active
    assert apply(telling_platform, ENDPOINT).endpoints.unchanged == ("shop",)
    assert not stored(telling_platform)["shop"][0].active
    assert "books" in stored(telling_platform)


@pytest.mark.parametrize(
    ("old", "new", "key", "message"),
    [
        ('name = "books"', "", "endpoint[1].name", "missing"),
        ('name = "books"', 'name = "shop"', "endpoint[1].name", "endpoint[0] already"),
        (f'url = "{HOOK}/books"', "", "endpoint[1].url", "missing"),
        ("PaidOrderN", "PaidorderN", "endpoint[1].types", "PaidorderNotification"),
        ('format = "xml"', 'format = "yaml"', "endpoint[1].format", '"json" or "xml"'),
        ("products = [1]", 'products = ["x"]', "endpoint[1].products", "whole numbers"),
        ('username = "tollbridge"', "", "endpoint[1].password_from", "username"),
        ("BOOKS_P", "SHOP_P", "endpoint[1].password_from", "SHOP_PASSWORD is not set"),
        ("active = false", "active = 0", "endpoint[1].active", "true or false"),
        ("drop = 5", "drop = 101", "endpoint[1].chaos.drop", "from 0 to 100"),
        ("drop = 5", "lose = 5", "endpoint[1].chaos.lose", "unknown key"),
        ('format = "xml"', 'password = "p"', "endpoint[1].password", "unknown key"),
    ],
)
def test_tables_that_cannot_be_read(old: str, new: str, key: str, message: str) -> None:
    """Each problem names its key, and no secret."""
    assert old in WHOLE
    with pytest.raises(CatalogInvalid) as refused:
        parse_catalog(SHOP + ENDPOINT + WHOLE.replace(old, new), ENVIRONMENT)
    found = {one.key: one.message for one in refused.value.problems}
    assert message in found[key]
    assert "p4ss" not in str(refused.value)


@pytest.mark.parametrize(
    ("old", "new", "key", "reason"),
    [
        (f"{HOOK}/books", "http://10.0.0.1/", "endpoint[1].url", "endpoint_private"),
        (f"{HOOK}/books", "ftp://127.0.0.1/", "endpoint[1].url", "endpoint_url_invalid"),
        ("products = [1]", "products = [9]", "endpoint[1].products", "product_unknown"),
        ('password_from = "BOOKS_PASSWORD"', "", "endpoint[1].password_from", "invalid_value"),
        ('"tollbridge"', '"a:b"', "endpoint[1].username", "invalid_value"),
    ],
)
def test_endpoints_that_are_refused(
    telling_platform: Platform, old: str, new: str, key: str, reason: str
) -> None:
    """With the key; nothing of the file is saved, the merchant neither."""
    with pytest.raises(Refusal) as refused:
        apply(telling_platform, ENDPOINT + WHOLE.replace(old, new))
    assert (refused.value.field, refused.value.reason) == (key, reason)
    assert refused.value.message.startswith(f"{key}: ")
    assert telling_platform.store.merchants() == ()
    assert stored(telling_platform) == {}


def test_chaos_is_for_sandboxes(telling_platform: Platform) -> None:
    """A live merchant's endpoint behaves."""
    live = SHOP.replace("sandbox", "live").replace("clock = 2026-02-09T15:43:07\n", "")
    text = live + ENDPOINT.replace("http:", "https:") + "chaos = { drop = 1 }\n"
    with pytest.raises(Refusal) as refused:
        apply_catalog(telling_platform, parse_catalog(text))
    assert (refused.value.field, refused.value.reason) == (
        "endpoint[0].chaos",
        "chaos_sandbox_only",
    )


def test_the_command_shows_secrets_once(tmp_path: Path) -> None:
    """`tollbridge catalog apply`, with the password from the environment."""
    (tmp_path / "shop.toml").write_text(SHOP + ENDPOINT + WHOLE, encoding="utf-8")
    command = ("catalog", "apply", "shop.toml")
    first = run(*command, cwd=tmp_path, given=ENVIRONMENT)
    assert first.returncode == 0, first.stderr
    lines = first.stdout.splitlines()
    assert lines[0].endswith("endpoints: 2 added, 0 changed, 0 unchanged.")
    assert lines[1].startswith("shop: secret whsec_")
    again = run(*command, cwd=tmp_path, given=ENVIRONMENT)
    assert again.stdout.endswith("endpoints: 0 added, 0 changed, 2 unchanged.\n")
    assert "whsec_" not in again.stdout
    without = run(*command, cwd=tmp_path)
    assert (without.returncode, without.stdout) == (1, "")
    assert "endpoint[1].password_from: " in without.stderr
