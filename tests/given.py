"""What tests start from: products, orders, paid subscriptions, and their life in dates.

Everything has a plain default, so that a test states only what it is about:

    life = paid((SEAT, 10))                      # ten seats, signed up and captured at NOW
    life.wait(days=3)
    assert life.change(quantity=12).next_billing == Split(6000, 5042, 958)

The German customer pays 19 % VAT; amounts are gross US dollars unless the test says otherwise.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TypedDict, Unpack

from msgspec.structs import replace

from tollbridge.domain.alignment import Alignment
from tollbridge.domain.billing_date import decide_billing_date_move
from tollbridge.domain.cancellation import decide_deactivation, decide_removal
from tollbridge.domain.catalog import CatalogPrice, Product
from tollbridge.domain.customer import Contact, Customer, PaymentMethod
from tollbridge.domain.decision import Change, Context, Decision, Fresh, Prices
from tollbridge.domain.events import Event, PaymentStarted, PurchaseOpened
from tollbridge.domain.facts import Parties
from tollbridge.domain.item_addition import ItemAddition, decide_item_addition
from tollbridge.domain.item_change import ItemChange, Renewal, UpdateAction, decide_item_change
from tollbridge.domain.merchant import ManagementModel, Merchant, Mode
from tollbridge.domain.merger import decide_merger
from tollbridge.domain.money import TaxKind
from tollbridge.domain.payment import Outcome, Result
from tollbridge.domain.preferences import decide_parameters, decide_renewal_type
from tollbridge.domain.price import Price, Tier, flat
from tollbridge.domain.promotion import Offer
from tollbridge.domain.records import Records, records_of
from tollbridge.domain.reinstatement import decide_reinstatement
from tollbridge.domain.renewal import decide_change_and_renewal, decide_renewal
from tollbridge.domain.schedule import NO_INTERVAL, parse_interval
from tollbridge.domain.settlement import Settlement, decide_settlement
from tollbridge.domain.sign_up import Order, OrderItem, decide_sign_up
from tollbridge.domain.subscription import RenewalType, Subscription
from tollbridge.domain.tax import TaxRate, TaxTable
from tollbridge.domain.terms import CustomerPrice, Names

NOW = datetime(2026, 4, 1, 9, 30, tzinfo=UTC)  # in a month of 30 days
SECOND = timedelta(seconds=1)
MERCHANT_ID = 864
SUBSCRIPTION_ID = 7
FIRST_PURCHASE = 100

GROSS, NET = TaxKind.GROSS, TaxKind.NET
ALIGN = Alignment(align=True)
EXTEND = Alignment(align=True, extend=True)

CAPTURED = Outcome(result=Result.CAPTURED, reference="capture-1")
DECLINED = Outcome(result=Result.DECLINED, code="card_declined")
UNKNOWN = Outcome(result=Result.UNKNOWN)
ACTION_REQUIRED = Outcome(result=Result.ACTION_REQUIRED, url="https://bank.example/3ds")

TAX = TaxTable(
    [
        TaxRate("DE", Decimal("0.19"), date(2007, 1, 1), "test"),
        TaxRate("DE", Decimal("0.16"), date(2020, 7, 1), "test"),
        TaxRate("DE", Decimal("0.19"), date(2021, 1, 1), "test"),
        TaxRate("FR", Decimal("0.20"), date(2014, 1, 1), "test"),
    ]
)


def price(amount: str, tax: TaxKind = GROSS, **tiers: str) -> Price:
    """A price per unit; `from11="8"` adds a tier that begins with unit 11."""
    steps = sorted((int(name.removeprefix("from")), step) for name, step in tiers.items())
    return Price(
        tax, (Tier(1, Decimal(amount)), *(Tier(first, Decimal(step)) for first, step in steps))
    )


def product(
    product_id: int,
    amount: str | Price,
    *,
    every: str = "P1M",
    paid: str = "",
    name: str = "",
    also: Mapping[str, str] | None = None,
) -> Product:
    """A product sold in USD at `amount` gross (or a Price), and in the currencies of `also`.

    It is sold for as long as `every` says, and paid in instalments of `paid`.
    """
    usd = flat(Decimal(amount), GROSS) if isinstance(amount, str) else amount
    others = (CatalogPrice(code, flat(Decimal(a), GROSS)) for code, a in (also or {}).items())
    return Product(
        merchant_id=MERCHANT_ID,
        id=product_id,
        name=name or f"Product {product_id}",
        interval=parse_interval(every),
        billing_interval=parse_interval(paid) if paid else NO_INTERVAL,
        prices=(CatalogPrice("USD", usd), *others),
    )


SEAT = product(292973, "5.00", name="Cloudify Seat", also={"EUR": "4.50", "JPY": "3921.05"})
GOLD = product(292122, "100.00", name="Cloudify Gold", also={"EUR": "90.00"})
PLATINUM = product(294581, "150.00", name="Cloudify Platinum", also={"EUR": "135.00"})
DATA_40 = product(123450, "40.00", name="Data 40")
DATA_80 = product(123456, "80.00", name="Data 80")
DATA_215 = product(123451, "215.00", name="Data 215")
STANDARD = product(1, "99.95", every="P1Y", name="Standard")
PREMIUM = product(2, "150.00", every="P1Y", name="Premium")
TIERED = product(3, price("10", from11="8"), name="Tiered")
FREE = product(4, "0", name="Free")
CATALOG = (SEAT, GOLD, PLATINUM, DATA_40, DATA_80, DATA_215, STANDARD, PREMIUM, TIERED, FREE)

Line = tuple[Product, int] | OrderItem


def catalog(*products: Product) -> dict[int, Product]:
    """Products by id."""
    return {product.id: product for product in products}


def context(
    *,
    now: datetime = NOW,
    products: Iterable[Product] = CATALOG,
    country: str = "DE",
    tax: TaxTable = TAX,
    fresh: Fresh | None = None,
) -> Context:
    """What surrounds a decision; `fresh` is blank, as for a preview, unless given."""
    return Context(
        now=now, country=country, tax=tax, products=catalog(*products), fresh=fresh or Fresh()
    )


class Settings(TypedDict, total=False):
    """What a test may say of the merchant."""

    reminder_days: int
    offline_reminder_days: int
    grace_days: int
    hold_days: int
    retry_days: tuple[int, ...]
    sync_with_payment_date: bool


def merchant(**settings: Unpack[Settings]) -> Merchant:
    """A sandbox merchant whose clock stands at NOW."""
    plain = Merchant(
        id=MERCHANT_ID,
        name="Cloudify",
        mode=Mode.SANDBOX,
        clock=NOW,
        country="DE",
        currency="USD",
        management_model=ManagementModel.TWO,
    )
    return replace(plain, **settings)


def payment_method() -> PaymentMethod:
    """A Visa card that the simulator keeps."""
    return PaymentMethod(
        id=1,
        gateway="simulator",
        token="tok_1",
        type_id="CCA_VIS",
        type_name="Visa",
        last_four="765T",
        expiry_month=12,
        expiry_year=2030,
    )


CARD = payment_method()
WIRE = PaymentMethod(
    id=1,
    gateway="",
    token="",
    type_id="WIR",
    type_name="Wire transfer",
    last_four="",
    expiry_month=0,
    expiry_year=0,
)
NET_14, NET_30 = (replace(WIRE, type_id="PUO", net_days=days) for days in (14, 30))


def customer(country: str = "DE") -> Customer:
    """A customer with a billing contact only."""
    return Customer(
        merchant_id=MERCHANT_ID,
        id=5,
        reference_id="reference-5",
        billing=Contact(
            email="anna@customer.example", firstname="Anna", country_id=country, language_id="de"
        ),
    )


def order(
    *lines: Line,
    currency: str = "USD",
    renewal_type: RenewalType = RenewalType.AUTOMATIC,
    model: ManagementModel = ManagementModel.TWO,
    coupon_code: str = "",
    method: PaymentMethod = CARD,
) -> Order:
    """A cart of (product, quantity) pairs or whole OrderItems."""
    return Order(
        customer=customer(),
        payment_method=method,
        currency=currency,
        renewal_type=renewal_type,
        management_model=model,
        coupon_code=coupon_code,
        items=tuple(
            line
            if isinstance(line, OrderItem)
            else OrderItem(product_id=line[0].id, quantity=line[1])
            for line in lines
        ),
    )


def sign_up(
    bought: Order,
    *,
    ids: Sequence[int] = (SUBSCRIPTION_ID,),
    now: datetime = NOW,
    products: Iterable[Product] = CATALOG,
    offer: Offer | None = None,
    **settings: Unpack[Settings],
) -> Decision:
    """The decision that an order comes to: purchase 100, its first attempt under way."""
    fresh = Fresh(FIRST_PURCHASE, f"key-{FIRST_PURCHASE}")
    around = replace(context(now=now, products=products, fresh=fresh), offer=offer)
    return decide_sign_up(merchant(**settings), bought, ids, around)


class Wanted(TypedDict, total=False):
    """What a test may ask of an item change beside the running number."""

    product_id: int
    quantity: int
    more: int
    customer_price: CustomerPrice
    names: Names
    alignment: Alignment
    recalculate: bool
    coupon_code: str
    renewal: Renewal
    reset: bool
    action: UpdateAction
    generate_mail: bool


class Addition(TypedDict, total=False):
    """What a test may ask of an item that is added beside the product and the quantity."""

    customer_price: CustomerPrice
    names: Names
    alignment: Alignment
    coupon_code: str
    affiliate_id: int
    generate_mail: bool


def own_price(amount: str, tax: TaxKind = GROSS, currency: str = "USD") -> CustomerPrice:
    """The CustomerPrice of a call."""
    return CustomerPrice(currency=currency, tax=tax, amount=Decimal(amount))


@dataclass
class Life:
    """A subscription and all that happens to it; `now` moves by `wait` only."""

    subscription: Subscription
    changes: list[Change]
    now: datetime = NOW
    products: dict[int, Product] = field(default_factory=lambda: catalog(*CATALOG))
    purchase_id: int = FIRST_PURCHASE  # the last one given out
    country: str = "DE"
    tax: TaxTable = TAX
    offer: Offer | None = None  # what the coupon code of a call is worth
    others: "list[Life]" = field(default_factory=list)  # that it was merged with
    method: PaymentMethod = CARD

    @property
    def events(self) -> list[Event]:
        """The whole journal."""
        return [event for change in self.changes for event in change.events]

    @property
    def opened_last(self) -> int:
        """The purchase that was opened last."""
        opened = (event for event in reversed(self.events) if isinstance(event, PurchaseOpened))
        return next(opened).purchase.id

    @property
    def under_way(self) -> int:
        """The purchase whose charge is under way, 0 when there is none."""
        return next((p.id for p in self.subscription.purchases if p.in_flight), 0)

    @property
    def records(self) -> Records:
        """All rows that follow from the journal."""
        return records_of(self.changes)

    def wait(self, **duration: float) -> None:
        """Let time pass (`days=3, seconds=1`)."""
        self.now += timedelta(**duration)

    @property
    def around(self) -> Context:
        """What surrounds a decision that is not made: a preview gets blanks."""
        return Context(
            now=self.now,
            country=self.country,
            tax=self.tax,
            products=self.products,
            offer=self.offer,
            parties=Parties(customer(self.country), self.method),
        )

    def charging(self) -> Context:
        """What surrounds a decision that may charge: a purchase id and a key of its own."""
        self.purchase_id += 1
        fresh = Fresh(self.purchase_id, f"key-{self.purchase_id}")
        return replace(self.around, fresh=fresh)

    def decide(
        self, context: Context, *, running_no: int = 1, **wanted: Unpack[Wanted]
    ) -> Decision:
        """What an item change would come to in this context; nothing is kept."""
        change = ItemChange(running_no=running_no, call="updatesubscriptionitem", **wanted)
        if change.renewal:
            return decide_change_and_renewal(self.subscription, change, change.renewal, context)
        return decide_item_change(self.subscription, change, context)

    def preview(self, *, running_no: int = 1, **wanted: Unpack[Wanted]) -> Prices:
        """The prices of an item change that is not made."""
        return self.decide(self.around, running_no=running_no, **wanted).answer

    def change(self, *, running_no: int = 1, **wanted: Unpack[Wanted]) -> Prices:
        """Change an item; an aligned change leaves its charge under way."""
        return self.keep(self.decide(self.charging(), running_no=running_no, **wanted)).answer

    def change_paid(self, *, running_no: int = 1, **wanted: Unpack[Wanted]) -> Prices:
        """Change an item and capture what it costs."""
        prices = self.change(running_no=running_no, **wanted)
        self.settle(CAPTURED)
        return prices

    def decide_addition(
        self, sold: Product, quantity: int, context: Context, **wanted: Unpack[Addition]
    ) -> Decision:
        """What an item that joins would come to in this context; nothing is kept."""
        addition = ItemAddition(
            product_id=sold.id, quantity=quantity, call="addsubscriptionitem", **wanted
        )
        return decide_item_addition(self.subscription, addition, context)

    def add(self, sold: Product, quantity: int = 1, **wanted: Unpack[Addition]) -> Prices:
        """Add an item; an aligned one leaves its charge under way."""
        return self.keep(self.decide_addition(sold, quantity, self.charging(), **wanted)).answer

    def renew(self, *, reset: bool = False) -> Prices:
        """Renew at once; the charge is left under way."""
        renewal = Renewal(reset=reset)
        return self.keep(decide_renewal(self.subscription, renewal, self.charging())).answer

    def decide_merger(self, other: "Life", alignment: Alignment, context: Context) -> Decision:
        """What taking over the other's items would come to in this context; nothing is kept."""
        return decide_merger(
            self.subscription, other.subscription, alignment, context, generate_mail=True
        )

    def merge(self, other: "Life", alignment: Alignment) -> Prices:
        """Take over the items of the other subscription; the charge is left under way."""
        decision = self.decide_merger(other, alignment, self.charging())
        other.keep(decision)
        self.others.append(other)
        return self.keep(decision).answer

    def deactivate(self, *running_nos: int, final: bool = False, mail: bool = True) -> None:
        """Bill these items no more."""
        self.keep(
            decide_deactivation(
                self.subscription,
                running_nos,
                self.around,
                allow_reinstate=not final,
                generate_mail=mail,
            )
        )

    def remove(self, running_no: int = 1, *, mail: bool = True) -> None:
        """Take an item out for good."""
        self.keep(decide_removal(self.subscription, running_no, self.around, generate_mail=mail))

    def reinstate(self, *running_nos: int, mail: bool = True) -> None:
        """Bill these items again."""
        self.keep(
            decide_reinstatement(self.subscription, running_nos, self.around, generate_mail=mail)
        )

    def change_renewal_type(self, renewal_type: RenewalType) -> None:
        """Renew automatically or manually from now on."""
        self.keep(decide_renewal_type(self.subscription, renewal_type, self.around))

    def set_parameters(self, parameters: Mapping[str, str]) -> None:
        """Set parameters, or remove them by an empty value."""
        self.keep(decide_parameters(self.subscription, parameters, self.around))

    def move_billing_date(self, to: datetime) -> None:
        """Bill next at `to`."""
        self.keep(decide_billing_date_move(self.subscription, to, self.around))

    def settle(self, outcome: Outcome, *, purchase_id: int = 0, try_no: int = 0) -> Decision:
        """The gateway's answer: for the charge under way, or the one opened last, unless told."""
        purchase_id = purchase_id or self.under_way or self.opened_last
        settlement = Settlement(
            purchase_id=purchase_id, try_no=try_no or self.tries(purchase_id), outcome=outcome
        )
        decision = decide_settlement(
            {self.subscription.id: self.subscription}, settlement, self.now
        )
        self.keep(decision)
        return decision

    def tries(self, purchase_id: int) -> int:
        """How often the gateway was asked for the money of a purchase."""
        started = (e for e in reversed(self.events) if isinstance(e, PaymentStarted))
        return next((e.try_no for e in started if e.purchase_id == purchase_id), 0)

    def edit_catalog(self, edited: Product) -> None:
        """The merchant gives a product other terms (or sells a new one)."""
        self.products = {**self.products, edited.id: edited}

    def keep(self, decision: Decision) -> Decision:
        """Keep what the decision does to this subscription."""
        (change,) = (c for c in decision.changes if c.after.id == self.subscription.id)
        if change.events:
            self.changes.append(change)
            self.subscription = change.after
        return decision


def ordered(
    *lines: Line,
    now: datetime = NOW,
    currency: str = "USD",
    products: Iterable[Product] = CATALOG,
    renewal_type: RenewalType = RenewalType.AUTOMATIC,
    model: ManagementModel = ManagementModel.TWO,
    subscription_id: int = SUBSCRIPTION_ID,
    offer: Offer | None = None,
    method: PaymentMethod = CARD,
    **settings: Unpack[Settings],
) -> Life:
    """A subscription that is signed up, its first charge under way, with the coupon offered."""
    bought = order(
        *lines,
        currency=currency,
        renewal_type=renewal_type,
        model=model,
        coupon_code=offer.code if offer else "",
        method=method,
    )
    sold = catalog(*products)
    decision = sign_up(
        bought, ids=[subscription_id], now=now, products=sold.values(), offer=offer, **settings
    )
    (change,) = decision.changes
    return Life(change.after, [change], now=now, products=sold, offer=offer, method=method)


def paid(
    *lines: Line,
    now: datetime = NOW,
    currency: str = "USD",
    products: Iterable[Product] = CATALOG,
    subscription_id: int = SUBSCRIPTION_ID,
    renewal_type: RenewalType = RenewalType.AUTOMATIC,
    **settings: Unpack[Settings],
) -> Life:
    """An active subscription, its first interval captured at `now`."""
    life = ordered(
        *lines,
        now=now,
        currency=currency,
        products=products,
        subscription_id=subscription_id,
        renewal_type=renewal_type,
        **settings,
    )
    life.settle(CAPTURED)
    return life


def awaiting(*lines: Line) -> Life:
    """A paid subscription of model One that waits for its customer: manual renewal (R21)."""
    life = ordered(*lines, renewal_type=RenewalType.MANUAL, model=ManagementModel.ONE)
    life.settle(CAPTURED)
    return life


def subscription(*lines: Line) -> Subscription:
    """The active subscription alone (one seat when no line is given)."""
    return paid(*(lines or ((SEAT, 1),))).subscription


def priced(sold: Product, amount: str, tax: TaxKind = GROSS) -> Product:
    """The product after an edit of its USD price."""
    return replace(sold, prices=(CatalogPrice("USD", flat(Decimal(amount), tax)),))
