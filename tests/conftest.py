"""What all tests share: the hypothesis profiles and PostgreSQL databases of their own."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
import structlog
from hypothesis import settings
from psycopg import sql

from tollbridge.logs import log

CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}
SERVER_URL = os.environ.get(
    "TOLLBRIDGE_TEST_POSTGRES_URL", "postgresql://postgres@127.0.0.1:5432/postgres"
)
CONNECT_SECONDS = 5

# No deadline: the machine of a test may be busy, and a slow example is no wrong one.
settings.register_profile("dev", deadline=None, max_examples=100)
# The same examples in every run, so that a build that fails fails again.
settings.register_profile(
    "ci", deadline=None, max_examples=100, derandomize=True, database=None, print_blob=True
)
# For a long look: HYPOTHESIS_PROFILE=deep make test
settings.register_profile("deep", deadline=None, max_examples=5000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci" if CI else "dev"))


@pytest.fixture(autouse=True)
def logs_of_its_own() -> Iterator[None]:
    """A command that is run inside a test sets logs up for its process: not for other tests."""
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    log.configured_by(None)
    structlog.reset_defaults()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


@pytest.fixture(scope="session")
def postgres_server() -> str:
    """The URL of a PostgreSQL server that answers; skips without one, and fails under CI."""
    try:
        psycopg.connect(SERVER_URL, connect_timeout=CONNECT_SECONDS).close()
    except psycopg.OperationalError as error:
        reason = f"no PostgreSQL answers at TOLLBRIDGE_TEST_POSTGRES_URL: {error}".strip()
        if CI:
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    return SERVER_URL


@contextmanager
def fresh_database(server_url: str) -> Iterator[str]:
    """The URL of an empty database, dropped at the end even where connections are left open.

    It commits without waiting for the disk: only tests may do that (DESIGN 3).
    """
    name = f"tollbridge_test_{token_hex(8)}"
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        server.execute(
            sql.SQL("ALTER DATABASE {} SET synchronous_commit = off").format(sql.Identifier(name))
        )
    try:
        yield urlunsplit(urlsplit(server_url)._replace(path=f"/{name}"))
    finally:
        with psycopg.connect(server_url, autocommit=True) as server:
            server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of an empty PostgreSQL database for this test alone."""
    with fresh_database(postgres_server) as url:
        yield url


@pytest.fixture(scope="module")
def postgres_module_url(postgres_server: str) -> Iterator[str]:
    """The URL of an empty PostgreSQL database that the tests of one file share."""
    with fresh_database(postgres_server) as url:
        yield url
