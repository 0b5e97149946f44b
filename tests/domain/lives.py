"""Random lives of a subscription: any catalog, any order, any steps in any order."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from hypothesis import strategies as st
from msgspec.structs import replace

from tests.billing import pay, receive, run
from tests.given import (
    ACTION_REQUIRED,
    ALIGN,
    CAPTURED,
    CARD,
    DECLINED,
    EXTEND,
    MERCHANT_ID,
    NET_14,
    SUBSCRIPTION_ID,
    UNKNOWN,
    WIRE,
    Addition,
    Life,
    Wanted,
    ordered,
    paid,
)
from tollbridge.domain.alignment import Alignment
from tollbridge.domain.catalog import CatalogPrice, Product
from tollbridge.domain.customer import PaymentMethod
from tollbridge.domain.item_change import Renewal
from tollbridge.domain.merchant import ManagementModel
from tollbridge.domain.money import TaxKind
from tollbridge.domain.payment import Outcome
from tollbridge.domain.price import Price, Tier
from tollbridge.domain.promotion import FixedAmount, Offer, Promotion
from tollbridge.domain.schedule import NO_INTERVAL, Interval
from tollbridge.domain.sign_up import OrderItem
from tollbridge.domain.subscription import ItemStatus, RenewalType
from tollbridge.domain.terms import CustomerPrice, Names

MONTH, YEAR, WEEK = Interval(1), Interval(12), Interval(0, 7)
CYCLES = (  # interval and billing interval, most often a month
    *[(MONTH, NO_INTERVAL)] * 5,
    (Interval(3), NO_INTERVAL),
    (YEAR, NO_INTERVAL),
    (WEEK, NO_INTERVAL),
    *[(Interval(3), MONTH)] * 2,
    (YEAR, MONTH),
    (Interval(0, 14), WEEK),
)
BEGINNINGS = (  # first interval and trial
    *[(NO_INTERVAL, NO_INTERVAL)] * 7,
    (Interval(days=14), NO_INTERVAL),
    (Interval(2), NO_INTERVAL),
    (NO_INTERVAL, Interval(days=10)),
)
PRODUCTS = 3
RUNNING_NOS = (1, 1, 1, 1, 2, 2, 3, 4)
CODE = "BD3-1KK-UN3"


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
class Add:
    """An item is previewed, then added."""

    product_id: int
    quantity: int
    alignment: Alignment
    coupon_code: str

    def take(self, life: Life) -> None:
        """DESIGN 3: the preview's prices are those of the addition."""
        sold = life.products[self.product_id]
        asked: Addition = {"alignment": self.alignment, "coupon_code": self.coupon_code}
        preview = life.decide_addition(sold, self.quantity, life.around, **asked)
        assert life.add(sold, self.quantity, **asked) == preview.answer


@dataclass(frozen=True)
class Renew:
    """The next interval is asked for now; that of a change is among the wishes."""

    reset: bool

    def take(self, life: Life) -> None:
        """R4: once per interval, unless it is reset."""
        life.renew(reset=self.reset)


@dataclass(frozen=True)
class Deactivate:
    """Items are cancelled, for good or not."""

    running_nos: tuple[int, ...]
    final: bool

    def take(self, life: Life) -> None:
        """R19: a mail goes with it unless it is final."""
        life.deactivate(*self.running_nos, final=self.final, mail=not self.final)


@dataclass(frozen=True)
class Remove:
    """An item is taken out."""

    running_no: int

    def take(self, life: Life) -> None:
        """For good."""
        life.remove(self.running_no)


@dataclass(frozen=True)
class Reinstate:
    """Whatever can come back does, or the items named."""

    running_nos: tuple[int, ...]

    def take(self, life: Life) -> None:
        """R22: none named stands for all that are deactivated or waiting."""
        all_of_them = [
            item.running_no
            for item in life.subscription.items
            if item.status in (ItemStatus.DEACTIVATED, ItemStatus.AWAITING_REINSTATE)
        ]
        life.reinstate(*(self.running_nos or all_of_them))


@dataclass(frozen=True)
class Merge:
    """Another subscription of the customer joins this one, or this one that."""

    product_id: int
    quantity: int
    days_old: int
    hours_left: int
    alignment: Alignment
    leaves: bool

    def take(self, life: Life) -> None:
        """DESIGN 3: the preview's prices are those of the merger."""
        other = self._other(life)
        into, out_of = (other, life) if self.leaves else (life, other)
        preview = into.decide_merger(out_of, self.alignment, into.around)
        assert into.merge(out_of, self.alignment) == preview.answer
        if self.leaves:
            life.others.append(other)
            other.others.clear()

    def _other(self, life: Life) -> Life:
        other = paid(
            OrderItem(product_id=self.product_id, quantity=self.quantity),
            now=life.now - timedelta(days=self.days_old),
            currency=life.subscription.currency,
            products=life.products.values(),
            subscription_id=SUBSCRIPTION_ID + 1 + len(life.others),
        )
        other.wait(days=self.days_old)
        later = 40 * 24 if self.leaves else 0  # the primary is billed later
        other.move_billing_date(other.now + timedelta(hours=later + self.hours_left))
        return other


@dataclass(frozen=True)
class Prefer:
    """The renewal type and the parameters are set."""

    renewal_type: RenewalType
    parameters: dict[str, str]

    def take(self, life: Life) -> None:
        """R6, R21: what the type voids is opened again later."""
        life.set_parameters(self.parameters)
        life.change_renewal_type(self.renewal_type)


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
        if not life.tries(purchase_id):
            return  # nothing was ever asked of the gateway
        life.settle(self.outcome, purchase_id=purchase_id)
        assert not life.settle(self.outcome, purchase_id=purchase_id).changed


@dataclass(frozen=True)
class Pay:
    """The customer pays what is open, by link."""

    def take(self, life: Life) -> None:
        """R7, R20: one charge at a time is under way."""
        pay(life)


@dataclass(frozen=True)
class Receive:
    """Money for what is open came by wire."""

    def take(self, life: Life) -> None:
        """Nothing is charged for it."""
        receive(life)


@dataclass(frozen=True)
class Tick:
    """Time passes, and the worker does what falls due; the gateway answers as planned."""

    hours: int
    outcomes: tuple[Outcome, ...]
    late: int

    def take(self, life: Life) -> None:
        """DESIGN 3: whatever the time brings."""
        end = life.now + timedelta(hours=self.hours)
        run(life, until=end, plan=self.outcomes, late=timedelta(hours=self.late))


@dataclass(frozen=True)
class ReplaceMethod:
    """The customer pays in another way from now on."""

    method: PaymentMethod

    def take(self, life: Life) -> None:
        """By card, by wire or on terms."""
        life.method = self.method


@dataclass(frozen=True)
class Promote:
    """Another promotion is what a coupon code of a call is worth from now on."""

    offer: Offer

    def take(self, life: Life) -> None:
        """R15: whether it fits is decided when the code is used."""
        life.offer = self.offer


@dataclass(frozen=True)
class Edit:
    """The merchant gives a product another price."""

    product: Product

    def take(self, life: Life) -> None:
        """Put it into the catalog."""
        life.edit_catalog(self.product)


Step = (
    Wait
    | Change
    | Add
    | Renew
    | Deactivate
    | Remove
    | Reinstate
    | Merge
    | Prefer
    | Move
    | Settle
    | Pay
    | Receive
    | Tick
    | ReplaceMethod
    | Promote
    | Edit
)

amounts = st.one_of(st.decimals(0, 500, places=2), st.decimals(0, 1, places=6), st.just(Decimal(0)))
outcomes = st.sampled_from([CAPTURED, CAPTURED, DECLINED, DECLINED, UNKNOWN, ACTION_REQUIRED])
hard_declines = st.just(replace(DECLINED, hard=True))
ticks = st.builds(
    Tick,
    hours=st.one_of(st.integers(0, 24), st.integers(0, 40 * 24), st.integers(0, 400 * 24)),
    outcomes=st.lists(outcomes | hard_declines, max_size=6).map(tuple),
    late=st.sampled_from([0, 0, 0, 1, 30, 1000]),
)
methods = st.sampled_from([CARD, CARD, replace(CARD, expiry_year=2026), WIRE, NET_14])
alignments = st.sampled_from([Alignment(), ALIGN, EXTEND])
renewals = st.builds(Renewal, st.booleans())
running_nos = st.sampled_from(RUNNING_NOS)
single_running_nos = running_nos.map(lambda number: (number,))
some_running_nos = st.lists(running_nos, min_size=1, max_size=3).map(tuple)
product_ids = st.integers(1, PRODUCTS)


@st.composite
def prices(draw: st.DrawFn) -> Price:
    """A flat price or one with tiers, gross or net."""
    firsts = draw(st.sampled_from([(1,), (1,), (1, 11), (1, 5, 20)]))
    tiers = tuple(Tier(first, draw(amounts)) for first in firsts)
    return Price(draw(st.sampled_from(TaxKind)), tiers)


def products(product_id: int, currency: str) -> st.SearchStrategy[Product]:
    """A product, most often monthly, sometimes in instalments."""
    return st.builds(
        Product,
        merchant_id=st.just(MERCHANT_ID),
        id=st.just(product_id),
        name=st.just(f"Product {product_id}"),
        interval=st.just(MONTH),
        recurrence_count=st.sampled_from([None] * 6 + [1, 3]),
        prices=prices().map(lambda price: (CatalogPrice(currency, price),)),
    ).flatmap(with_calendar)


def with_calendar(product: Product) -> st.SearchStrategy[Product]:
    """The product with some cycle and beginning that a catalog file may name."""

    def of(cycle: tuple[Interval, Interval], begins: tuple[Interval, Interval]) -> Product:
        interval, billing = cycle
        first, trial = begins
        return replace(
            product,
            interval=interval,
            billing_interval=billing,
            first_interval=NO_INTERVAL if billing else first,
            trial=trial,
        )

    return st.builds(of, st.sampled_from(CYCLES), st.sampled_from(BEGINNINGS))


merges = st.builds(
    Merge,
    product_ids,
    st.integers(1, 20),
    days_old=st.integers(0, 40),
    hours_left=st.integers(1, 20 * 24),
    alignment=st.sampled_from([Alignment(), ALIGN, ALIGN, EXTEND]),
    leaves=st.sampled_from([False, False, True]),
)
parameters = st.dictionaries(st.sampled_from("abc"), st.sampled_from(["", "1", "2"]), max_size=3)


def offers(currency: str) -> st.SearchStrategy[Offer]:
    """A promotion, most often one that fits, and a use of it."""
    percent = st.builds(
        Promotion,
        merchant_id=st.just(MERCHANT_ID),
        id=st.integers(1, 2),
        name=st.just("Percent"),
        percent=st.decimals("0.5", 100, places=1),
        billings=billings,
        products=promoted,
    )
    fixed = st.builds(
        Promotion,
        merchant_id=st.just(MERCHANT_ID),
        id=st.integers(3, 4),
        name=st.just("Fixed"),
        fixed=st.builds(
            FixedAmount, st.just(currency), st.sampled_from(TaxKind), st.decimals(1, 50, places=0)
        ).map(lambda amount: (amount,)),
        billings=billings,
        products=promoted,
    )
    use_no = st.sampled_from([0, 1, 1, 2, None])
    return st.builds(Offer, promotion=percent | fixed, code=st.just(CODE), use_no=use_no)


billings = st.sampled_from([None, 0, 1, 3])
promoted: st.SearchStrategy[tuple[int, ...]] = st.sampled_from([(), (), (1,), (1, 2)])
codes = st.sampled_from(["", "", CODE])


def wishes(currency: str) -> st.SearchStrategy[Wanted]:
    """Anything that may be asked of an item change, some of it refused."""
    own = st.builds(
        CustomerPrice,
        currency=st.just(currency),
        tax=st.sampled_from(TaxKind),
        amount=amounts,
    )
    changes = st.fixed_dictionaries(
        {"alignment": alignments},
        optional={
            "product_id": st.sampled_from([1, 1, *range(1, PRODUCTS + 1)]),
            "quantity": st.sampled_from([0, *range(1, 40)]),
            "customer_price": own,
            "names": st.just(Names(name="Renamed")),
            "recalculate": st.booleans(),
            "coupon_code": codes,
        },
    )
    increases = st.fixed_dictionaries(
        {"more": st.integers(0, 10), "alignment": alignments}, optional={"renewal": renewals}
    )
    upgrades = st.fixed_dictionaries({"product_id": product_ids, "renewal": renewals})
    return st.one_of(changes, changes, changes, increases, upgrades)


def steps(currency: str) -> st.SearchStrategy[Step]:
    """What may come next; most often something that keeps the subscription going."""
    changes = st.builds(Change, running_nos, wishes(currency))
    settlements = st.builds(Settle, outcomes)
    return st.one_of(
        changes,
        changes,
        settlements,
        settlements,
        settlements,
        st.builds(Wait, st.integers(0, 40 * 24)),
        st.builds(Add, product_ids, st.integers(0, 20), alignments, codes),
        st.builds(Renew, st.booleans()),
        st.builds(
            Deactivate,
            some_running_nos | single_running_nos,
            st.sampled_from([False, False, False, True]),
        ),
        st.builds(Remove, running_nos),
        st.builds(Reinstate, st.just(()) | some_running_nos),
        merges,
        st.builds(Prefer, st.sampled_from(RenewalType), parameters),
        st.just(Pay()),
        st.just(Receive()),
        ticks,
        ticks,
        ticks,
        st.builds(ReplaceMethod, methods),
        st.builds(Move, st.integers(-24, 90 * 24)),
        st.builds(Promote, offers(currency)),
        st.builds(Edit, st.integers(1, PRODUCTS).flatmap(lambda n: products(n, currency))),
    )


def fitting_all(offer: Offer) -> Offer:
    """The offer, with a use that is free, for every product."""
    return replace(offer, use_no=1, promotion=replace(offer.promotion, products=()))


@st.composite
def beginnings(draw: st.DrawFn) -> tuple[Life, list[Step]]:
    """A signed-up subscription, most often captured, and the steps of its life."""
    currency = draw(st.sampled_from(["USD", "JPY", "KWD"]))
    sold = [draw(products(number, currency)) for number in range(1, PRODUCTS + 1)]
    fitting = [product for product in sold if product.beginning == sold[0].beginning]
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
        offer=draw(st.none() | st.none() | offers(currency).map(fitting_all)),
        method=draw(methods),
        reminder_days=draw(st.sampled_from([0, 0, 2, 40])),
        grace_days=draw(st.sampled_from([15, 15, 0, 3])),
        hold_days=draw(st.sampled_from([7, 0])),
        retry_days=draw(st.sampled_from([(1, 3, 5, 7), (1, 3, 5, 7), ()])),
        sync_with_payment_date=draw(st.booleans()),
    )
    paid_first = Settle(draw(st.sampled_from([CAPTURED] * 7 + [DECLINED])))
    first: list[Step] = [paid_first if life.method.online else Receive()]
    return life, first + draw(st.lists(steps(currency), min_size=4, max_size=16))
