"""What tests of mails start from: one of every kind, caused as a real one is."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import pytest

from tests.mails.sampling import PUBLIC_URL, SENDER, Sampler
from tollbridge.bootstrap import read_tax_table
from tollbridge.domain.mail import MailKind
from tollbridge.domain.tax import TaxTable
from tollbridge.flows.collecting import Collector
from tollbridge.flows.mail_samples import Brand, Sample, sample_of
from tollbridge.gateways.simulator import Simulator
from tollbridge.mails.writing import MailWriter
from tollbridge.ports import Platform
from tollbridge.store.opening import open_store

WALL = datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(scope="session")
def writer() -> MailWriter:
    """Writes mails with the tax rates that are shipped."""
    return MailWriter(PUBLIC_URL, read_tax_table(), SENDER)


@pytest.fixture(scope="session")
def sampler(tmp_path_factory: pytest.TempPathFactory) -> Sampler:
    """Gives a sample of a kind and a language, each made once."""
    folder, tax = tmp_path_factory.mktemp("books"), read_tax_table()
    made: dict[object, Sample] = {}
    numbers = count(1)

    def sample(kind: MailKind, language: str = "en", brand: Brand | None = None) -> Sample:
        key = kind, language, brand
        if key not in made:
            with collecting(folder / f"{next(numbers)}.db", tax) as collector:
                made[key] = sample_of(collector, kind, language, brand)
        return made[key]

    return sample


@contextmanager
def collecting(book: Path, tax: TaxTable) -> Iterator[Collector]:
    """An empty platform in memory."""
    keys = count(1)
    with (
        closing(open_store("", memory=True)) as store,
        closing(Simulator(book, memory=True)) as gateway,
    ):
        platform = Platform(
            store=store,
            gateway=gateway,
            wall=lambda: WALL,
            tax=tax,
            new_key=lambda: f"key-{next(keys)}",
        )
        with closing(Collector(platform)) as collector:
            yield collector
