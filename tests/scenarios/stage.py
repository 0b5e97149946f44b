"""A platform that stories are played on: each with a merchant, a clock and a gateway's book."""

import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from tests.given import TAX
from tollbridge.commands.apply_catalog import apply_catalog
from tollbridge.commands.catalog_file import CatalogFile, parse_catalog, parse_merchant
from tollbridge.domain.decision import Change
from tollbridge.domain.events import decode_event
from tollbridge.domain.subscription import Subscription
from tollbridge.flows.collecting import Collector
from tollbridge.flows.time_travel import advance
from tollbridge.gateways.simulator import Simulator
from tollbridge.ports import Platform, Store

CATALOG = Path(__file__).with_name("catalog.toml").read_text(encoding="utf-8")
WALL = datetime(2026, 1, 1, tzinfo=UTC)
FIRST_MERCHANT = 1000
ACTOR = "story"


class Stage:
    """The whole platform on a store; any number of stories, one after the other or at once."""

    def __init__(self, store: Store, book: Path) -> None:
        keys = (f"key-{number}" for number in count(1))
        self.gateway = Simulator(book, memory=True)
        self.platform = Platform(
            store=store,
            gateway=self.gateway,
            wall=lambda: WALL,
            tax=TAX,
            new_key=lambda: next(keys),
        )
        self.collector = Collector(self.platform)
        self._merchants = count(FIRST_MERCHANT)

    def merchant(self, settings: Mapping[str, object], clock: datetime) -> "Cast":
        """A new merchant whose clock stands there, with the catalog of catalog.toml."""
        merchant_id = next(self._merchants)
        table = {**tomllib.loads(CATALOG)["merchant"], "id": merchant_id, "clock": clock}
        plain = parse_catalog(CATALOG.replace("[merchant]", f"[merchant]\nid = {merchant_id}"))
        file = CatalogFile(
            merchant=parse_merchant({**table, **settings}),
            products=plain.products,
            promotions=plain.promotions,
        )
        apply_catalog(self.platform, file)
        products = {product.name: product.id for product in file.products}
        return Cast(self, merchant_id, products)

    def close(self) -> None:
        """Let the platform go."""
        self.collector.close()
        self.gateway.close()
        self.platform.store.close()


@contextmanager
def stage_on(store: Store, book: Path) -> Iterator[Stage]:
    """A stage that is closed at the end."""
    stage = Stage(store, book)
    yield stage
    stage.close()


@dataclass
class Cast:
    """Who takes part in a story: the merchant, and the subscriptions by the story's names."""

    stage: Stage
    merchant_id: int
    products: Mapping[str, int]
    numbers: dict[str, int] = field(default_factory=dict)

    @property
    def platform(self) -> Platform:
        """The platform."""
        return self.stage.platform

    @property
    def collector(self) -> Collector:
        """Who takes the money."""
        return self.stage.collector

    @property
    def now(self) -> datetime:
        """What the merchant's clock shows."""
        merchant = self.platform.store.merchant(self.merchant_id)
        assert merchant is not None
        return merchant.sandbox_clock()

    def wait(self, until: datetime) -> None:
        """Advance the clock with all that falls due on the way, and at its end (R24)."""
        advance(self.platform, self.merchant_id, to=until, actor=ACTOR)

    def subscription(self, name: str) -> Subscription:
        """A subscription as it is stored."""
        held = self.platform.store.held(self.merchant_id, self.numbers[name])
        assert held is not None
        return held.subscription

    def journal(self, name: str) -> Change:
        """Everything that ever happened to a subscription, folded."""
        change = Change(None)
        for entry in self.platform.store.journal(self.merchant_id, self.numbers[name]):
            change = change.then(decode_event(entry.type, entry.version, entry.payload))
        return change
