"""Random lives of a subscription: any catalog, any order, any steps in any order."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from hypothesis import strategies as st

from tests.given import (
    ACTION_REQUIRED,
    ALIGN,
    CAPTURED,
    DECLINED,
    EXTEND,
    MERCHANT_ID,
    UNKNOWN,
    Life,
    Wanted,
    ordered,
)
from tollbridge.domain.alignment import Alignment
from tollbridge.domain.catalog import CatalogPrice, Product
from tollbridge.domain.merchant import ManagementModel
from tollbridge.domain.money import TaxKind
from tollbridge.domain.payment import Outcome
from tollbridge.domain.price import Price, Tier
from tollbridge.domain.schedule import Interval
from tollbridge.domain.sign_up import OrderItem
from tollbridge.domain.subscription import RenewalType
from tollbridge.domain.terms import CustomerPrice, Names

INTERVALS = (Interval(1), Interval(3), Interval(12), Interval(0, 7))
PRODUCTS = 3


@dataclass(frozen=True)
class Wait:
    """Time passes."""

    hours: int

    def take(self, life: Life) -> None:
        """Move the clock."""
        life.wait(hours=self.hours)


@dataclass(frozen=True)
class Change:
    """An item change is previewed, then made."""

    running_no: int
    wanted: Wanted

    def take(self, life: Life) -> None:
        """DESIGN 3: a preview leaves everything, and its prices are those of the change."""
        before = life.subscription
        preview = life.preview(running_no=self.running_no, **self.wanted)
        assert life.subscription is before
        assert life.change(running_no=self.running_no, **self.wanted) == preview


@dataclass(frozen=True)
class Move:
    """The billing date is moved to a time from now."""

    hours: int

    def take(self, life: Life) -> None:
        """Bill next at that time."""
        life.move_billing_date(life.now + timedelta(hours=self.hours))


@dataclass(frozen=True)
class Settle:
    """The gateway answers for the charge under way; each answer comes twice."""

    outcome: Outcome

    def take(self, life: Life) -> None:
        """R7: the second time nothing happens."""
        purchase_id = life.under_way or life.opened_last
        life.settle(self.outcome, purchase_id=purchase_id)
        assert not life.settle(self.outcome, purchase_id=purchase_id).changed


@dataclass(frozen=True)
class Retry:
    """Declined charges are tried again."""

    def take(self, life: Life) -> None:
        """R7: one at a time is under way."""
        if not life.subscription.payment_in_progress:
            life.retry()


@dataclass(frozen=True)
class Edit:
    """The merchant gives a product another price."""

    product: Product

    def take(self, life: Life) -> None:
        """Put it into the catalog."""
        life.edit_catalog(self.product)


Step = Wait | Change | Move | Settle | Retry | Edit

amounts = st.one_of(st.decimals(0, 500, places=2), st.decimals(0, 1, places=6), st.just(Decimal(0)))
outcomes = st.sampled_from([CAPTURED, CAPTURED, DECLINED, DECLINED, UNKNOWN, ACTION_REQUIRED])
alignments = st.sampled_from([Alignment(), ALIGN, EXTEND])


@st.composite
def prices(draw: st.DrawFn) -> Price:
    """A flat price or one with tiers, gross or net."""
    firsts = draw(st.sampled_from([(1,), (1,), (1, 11), (1, 5, 20)]))
    tiers = tuple(Tier(first, draw(amounts)) for first in firsts)
    return Price(draw(st.sampled_from(TaxKind)), tiers)


def products(product_id: int, currency: str) -> st.SearchStrategy[Product]:
    """A product, most often monthly."""
    return st.builds(
        Product,
        merchant_id=st.just(MERCHANT_ID),
        id=st.just(product_id),
        name=st.just(f"Product {product_id}"),
        interval=st.sampled_from([INTERVALS[0]] * 4 + list(INTERVALS)),
        prices=prices().map(lambda price: (CatalogPrice(currency, price),)),
    )


def wishes(currency: str) -> st.SearchStrategy[Wanted]:
    """Anything that may be asked of an item change, some of it refused."""
    own = st.builds(
        CustomerPrice,
        currency=st.just(currency),
        tax=st.sampled_from(TaxKind),
        amount=amounts,
    )
    return st.fixed_dictionaries(  # type: ignore[return-value]
        {"alignment": alignments},
        optional={
            "product_id": st.sampled_from([1, 1, *range(1, PRODUCTS + 1)]),
            "quantity": st.sampled_from([0, *range(1, 40)]),
            "customer_price": own,
            "names": st.just(Names(name="Renamed")),
            "recalculate": st.booleans(),
        },
    )


def steps(currency: str) -> st.SearchStrategy[Step]:
    """What may come next."""
    return st.one_of(
        st.builds(Wait, st.integers(0, 40 * 24)),
        st.builds(Change, st.sampled_from([1, 1, 1, 1, 2, 2, 3]), wishes(currency)),
        st.builds(Change, st.just(1), wishes(currency)),
        st.builds(Settle, outcomes),
        st.builds(Settle, outcomes),
        st.just(Retry()),
        st.builds(Move, st.integers(-24, 90 * 24)),
        st.builds(Edit, st.integers(1, PRODUCTS).flatmap(lambda n: products(n, currency))),
    )


@st.composite
def beginnings(draw: st.DrawFn) -> tuple[Life, list[Step]]:
    """A signed-up subscription, most often captured, and the steps of its life."""
    currency = draw(st.sampled_from(["USD", "JPY", "KWD"]))
    sold = [draw(products(number, currency)) for number in range(1, PRODUCTS + 1)]
    fitting = [product for product in sold if product.interval == sold[0].interval]
    items = st.builds(
        OrderItem, product_id=st.sampled_from([p.id for p in fitting]), quantity=st.integers(1, 20)
    )
    life = ordered(
        *draw(st.lists(items, min_size=1, max_size=3)),
        currency=currency,
        products=sold,
        renewal_type=draw(st.sampled_from(RenewalType)),
        model=draw(
            st.sampled_from([ManagementModel.TWO, ManagementModel.TWO, ManagementModel.ONE])
        ),
    )
    first: list[Step] = [Settle(draw(st.sampled_from([CAPTURED] * 7 + [DECLINED])))]
    return life, first + draw(st.lists(steps(currency), min_size=4, max_size=16))
