"""The PostgreSQL database that a test is given is its own (DESIGN 9)."""

import psycopg


def names(url: str) -> tuple[str, list[str]]:
    """The name of the database at an address and the tables that stand in it."""
    with psycopg.connect(url) as connection:
        (database,) = connection.execute("SELECT current_database()").fetchone() or ("",)
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return database, [name for (name,) in tables]


def test_a_test_gets_an_empty_database(postgres_url: str, postgres_server: str) -> None:
    """What one test makes is seen by no other and not by the server's own database."""
    database, tables = names(postgres_url)
    assert database.startswith("tollbridge_test_")
    assert tables == []
    with psycopg.connect(postgres_url) as connection:
        connection.execute("CREATE TABLE left_behind (id INTEGER)")
    assert names(postgres_url) == (database, ["left_behind"])
    assert "left_behind" not in names(postgres_server)[1]


def test_the_database_is_another_one_for_each_scope(
    postgres_url: str, postgres_module_url: str
) -> None:
    """A file's shared database is none of its tests' own."""
    assert names(postgres_url)[0] != names(postgres_module_url)[0]
    assert names(postgres_url)[1] == []
