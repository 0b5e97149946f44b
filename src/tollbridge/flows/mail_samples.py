"""A sample of every mail: made up, and caused by the same commands that cause the real ones.

The platform is one of its own that is gone afterwards; its clock is moved by hand.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
from msgspec.structs import replace

from tollbridge.commands.apply_catalog import apply_catalog
from tollbridge.commands.catalog_file import CatalogFile, MerchantSettings
from tollbridge.commands.deactivate_items import deactivate_items
from tollbridge.commands.reinstate_items import reinstate_items
from tollbridge.commands.remove_item import remove_item
from tollbridge.commands.sign_up import ByHand, SignUpRequest
from tollbridge.domain.alignment import Alignment
from tollbridge.domain.catalog import CatalogPrice, Product
from tollbridge.domain.customer import Contact
from tollbridge.domain.facts import Fact
from tollbridge.domain.item_addition import ItemAddition
from tollbridge.domain.item_change import ItemChange
from tollbridge.domain.mail import Mail, MailKind
from tollbridge.domain.mail_causes import mails_told
from tollbridge.domain.merchant import ManagementModel, Merchant, Mode
from tollbridge.domain.money import TaxKind
from tollbridge.domain.payment import Card
from tollbridge.domain.price import Price, Tier
from tollbridge.domain.refunding import RefundRequest
from tollbridge.domain.refusal import known_merchant
from tollbridge.domain.schedule import Interval
from tollbridge.domain.sign_up import OrderItem
from tollbridge.domain.subscription import RenewalType
from tollbridge.flows import purchases
from tollbridge.flows.add_item import add_item
from tollbridge.flows.change_item import change_item
from tollbridge.flows.collecting import Collector
from tollbridge.flows.sign_up import SignedUp, sign_up
from tollbridge.flows.time_travel import advance

ACTOR = "sample"
MERCHANT_ID = 864
BEGINNING = datetime(2026, 2, 9, 15, 43, 7, 205170, tzinfo=UTC)
SEAT, STORAGE, LICENCE = 292973, 123450, 300003
GOOD, CONFIRMED, SECOND_DECLINED = (f"T20000000000{last}T" for last in ("765", "067", "072"))

PRICES: Mapping[int, tuple[str, Mapping[str, str]]] = {
    SEAT: ("Cloudify Seat", {"EUR": "4.50", "GBP": "3.90", "JPY": "750"}),
    STORAGE: ("Cloudify Data Small", {"EUR": "36.00", "GBP": "32.00", "JPY": "6000"}),
    LICENCE: ("Cloudify Course", {"EUR": "49.00", "GBP": "42.00", "JPY": "7800"}),
}

_CUSTOMERS: Mapping[str, tuple[str, Contact]] = {
    "en": (
        "GBP",
        Contact(
            email="emma.carter@example.com",
            firstname="Emma",
            lastname="Carter",
            street1="12 Sample Street",
            postal_code="SW1A 1AA",
            city="London",
            country_id="GB",
            language_id="en",
        ),
    ),
    "de": (
        "EUR",
        Contact(
            email="erika.mustermann@example.com",
            firstname="Erika",
            lastname="Mustermann",
            street1="Beispielweg 7",
            postal_code="20095",
            city="Hamburg",
            country_id="DE",
            language_id="de",
        ),
    ),
    "fr": (
        "EUR",
        Contact(
            email="camille.dupont@example.com",
            firstname="Camille",
            lastname="Dupont",
            street1="3 rue de l’Exemple",
            postal_code="69001",
            city="Lyon",
            country_id="FR",
            language_id="fr",
        ),
    ),
    "es": (
        "EUR",
        Contact(
            email="lucia.garcia@example.com",
            firstname="Lucía",
            lastname="García",
            street1="Calle del Ejemplo 5",
            postal_code="28001",
            city="Madrid",
            country_id="ES",
            language_id="es",
        ),
    ),
    "ja": (
        "JPY",
        Contact(
            email="hanako.yamada@example.com",
            firstname="花子",
            lastname="山田",
            street1="見本町1-2-3",
            postal_code="100-0001",
            city="東京都千代田区",
            country_id="JP",
            language_id="ja",
        ),
    ),
}
LANGUAGES = tuple(_CUSTOMERS)


class Brand(msgspec.Struct, frozen=True, kw_only=True):
    """How the merchant of the samples looks."""

    name: str = "Cloudify"
    colour: str = "#0a66c2"
    address: tuple[str, ...] = ("Cloudify GmbH", "Beispielstraße 1", "50667 Köln")
    support_email: str = "help@cloudify.example"


class Sample(msgspec.Struct, frozen=True, kw_only=True):
    """A mail with all that it is written from."""

    mail: Mail
    facts: tuple[Fact, ...]
    merchant: Merchant


def sample_of(
    collector: Collector, kind: MailKind, language: str, brand: Brand | None = None
) -> Sample:
    """A mail of this kind to a customer of this language, in an empty database.

    Raises KeyError for a language that there is no customer of.
    """
    stage = _Stage.made(collector, language, brand or Brand())
    SCENES[kind](stage)
    store = collector.platform.store
    facts = [fact for number in stage.subscription_ids for fact in store.facts(MERCHANT_ID, number)]
    told = mails_told(facts, kept=True)
    mail = [one for one in told if one.kind is kind][-1]
    by_key = {(fact.subscription_id, fact.sequence): fact for fact in facts}
    return Sample(
        mail=mail,
        facts=tuple(by_key[key.subscription_id, key.sequence] for key in mail.facts),
        merchant=stage.merchant,
    )


def _catalog(brand: Brand, currency: str) -> CatalogFile:
    return CatalogFile(
        merchant=MerchantSettings(
            id=MERCHANT_ID,
            name=brand.name,
            mode=Mode.SANDBOX,
            clock=BEGINNING,
            country="DE",
            currency=currency,
            management_model=ManagementModel.TWO,
            reminder_days=3,
            retry_days=(7,),
            colour=brand.colour,
            address=brand.address,
            support_email=brand.support_email,
        ),
        products=tuple(_product(number) for number in PRICES),
    )


def _product(number: int) -> Product:
    name, prices = PRICES[number]
    return Product(
        merchant_id=MERCHANT_ID,
        id=number,
        name=name,
        interval=Interval(months=1),
        recurrence_count=1 if number == LICENCE else None,
        prices=tuple(
            CatalogPrice(currency, Price(TaxKind.GROSS, (Tier(1, Decimal(amount)),)))
            for currency, amount in prices.items()
        ),
    )


@dataclass
class _Stage:
    """A customer of the sample merchant, and what they have bought."""

    collector: Collector
    currency: str
    contact: Contact
    bought: SignedUp | None = None

    @classmethod
    def made(cls, collector: Collector, language: str, brand: Brand) -> "_Stage":
        currency, contact = _CUSTOMERS[language]
        apply_catalog(collector.platform, _catalog(brand, currency))
        return cls(collector, currency, contact)

    @property
    def merchant(self) -> Merchant:
        return known_merchant(self.collector.platform.store.merchant(MERCHANT_ID), MERCHANT_ID)

    @property
    def now(self) -> datetime:
        return self.merchant.sandbox_clock()

    @property
    def subscription_ids(self) -> tuple[int, ...]:
        return self.bought.subscription_ids if self.bought else ()

    @property
    def subscription_id(self) -> int:
        return self.subscription_ids[0]

    @property
    def purchase_id(self) -> int:
        return self.bought.purchase_id if self.bought else 0

    def buy(
        self,
        *products: int,
        card: str = "",
        net_days: int | None = None,
        expires: tuple[int, int] = (12, 2027),
        renewal_type: RenewalType = RenewalType.AUTOMATIC,
        for_colleague: bool = False,
    ) -> None:
        """Sign up: ten of the first product, and one of each other; with a good card unless said.

        With `net_days` it is paid by hand.
        """
        month, year = expires
        by_hand = None if net_days is None else ByHand(net_days=net_days)
        given = Card(number=card or GOOD, expiry_month=month, expiry_year=year)
        items = [
            OrderItem(product_id=product, quantity=1 if at else 10)
            for at, product in enumerate(products or (SEAT,))
        ]
        request = SignUpRequest(
            items=tuple(items),
            currency=self.currency,
            contact=self.contact,
            delivery=_colleague(self.contact) if for_colleague else None,
            card=None if by_hand else given,
            by_hand=by_hand,
            renewal_type=renewal_type,
        )
        self.bought = sign_up(self.collector, MERCHANT_ID, request, ACTOR)

    def wait(self, days: int) -> None:
        """Let days pass, with all that falls due in them (R24)."""
        to = self.now + timedelta(days=days)
        advance(self.collector.platform, MERCHANT_ID, to=to, actor=ACTOR)

    def change_quantity(self) -> None:
        """Fifteen instead of ten for the rest of the month."""
        change = ItemChange(
            running_no=1,
            quantity=15,
            alignment=Alignment(align=True),
            call="updatesubscriptionitem",
        )
        change_item(self.collector, MERCHANT_ID, self.subscription_id, change, ACTOR)

    def deactivate(self) -> None:
        """Cancel what was bought."""
        deactivate_items(
            self.collector.platform,
            MERCHANT_ID,
            self.subscription_id,
            (1,),
            allow_reinstate=True,
            generate_mail=True,
            actor=ACTOR,
        )


def _colleague(contact: Contact) -> Contact:
    return replace(
        contact, email="kim.muster@example.com", firstname="Kim", lastname="Muster", street1=""
    )


Scene = Callable[[_Stage], None]


def _renewed_offline(stage: _Stage) -> None:
    """Paid by wire, as the next bill will be."""
    stage.buy(net_days=0)
    purchases.receive(stage.collector.platform, MERCHANT_ID, stage.purchase_id, "transfer 1", ACTOR)
    stage.wait(22)


def _never_paid(stage: _Stage) -> None:
    stage.buy(net_days=0)
    stage.deactivate()


def _charged_back(stage: _Stage) -> None:
    stage.buy()
    purchases.charge_back(
        stage.collector.platform, MERCHANT_ID, stage.purchase_id, terminate=False, actor=ACTOR
    )


def _refunded(stage: _Stage) -> None:
    stage.buy(SEAT, STORAGE)
    request = RefundRequest(lines=(2,))
    purchases.refund(stage.collector, MERCHANT_ID, stage.purchase_id, request, ACTOR)


def _added(stage: _Stage) -> None:
    stage.buy()
    stage.wait(10)
    addition = ItemAddition(
        product_id=STORAGE,
        quantity=1,
        alignment=Alignment(align=True),
        call="addsubscriptionitem",
    )
    add_item(stage.collector, MERCHANT_ID, stage.subscription_id, addition, ACTOR)


def _removed(stage: _Stage) -> None:
    stage.buy(SEAT, STORAGE)
    remove_item(
        stage.collector.platform,
        MERCHANT_ID,
        stage.subscription_id,
        2,
        generate_mail=True,
        actor=ACTOR,
    )


def _changed(stage: _Stage) -> None:
    stage.buy()
    stage.wait(10)
    stage.change_quantity()


def _declined(stage: _Stage) -> None:
    stage.buy(card=SECOND_DECLINED)
    stage.wait(10)
    stage.change_quantity()


def _rolled_back(stage: _Stage) -> None:
    """The change is declined, and not paid before the next bill."""
    stage.buy(card=SECOND_DECLINED)
    stage.wait(24)
    stage.change_quantity()
    stage.wait(5)


def _canceled(stage: _Stage) -> None:
    stage.buy()
    stage.wait(10)
    stage.deactivate()


def _reinstated(stage: _Stage) -> None:
    _canceled(stage)
    reinstate_items(
        stage.collector.platform,
        MERCHANT_ID,
        stage.subscription_id,
        (1,),
        generate_mail=True,
        actor=ACTOR,
    )


def _bought(*products: int, days: int = 0, **how: object) -> Scene:
    """A sign-up, and so many days after it."""

    def play(stage: _Stage) -> None:
        stage.buy(*products, **how)  # type: ignore[arg-type]
        if days:
            stage.wait(days)

    return play


SCENES: Mapping[MailKind, Scene] = {
    MailKind.RECEIPT: _bought(SEAT, STORAGE),
    MailKind.INVOICE: _bought(SEAT, STORAGE, net_days=30),
    MailKind.DELIVERY: _bought(SEAT, STORAGE, for_colleague=True),
    MailKind.ORDER_CANCELED: _never_paid,
    MailKind.CHARGEBACK: _charged_back,
    MailKind.ORDER_CONFIRMATION: _bought(SEAT, STORAGE, net_days=0),
    MailKind.PAYMENT_DECLINED: _declined,
    MailKind.AUTHENTICATION: _bought(card=CONFIRMED),
    MailKind.RENEWAL: _bought(days=26),
    MailKind.RENEWAL_OFFLINE: _renewed_offline,
    MailKind.RENEWAL_LINK: _bought(days=26, renewal_type=RenewalType.MANUAL),
    MailKind.CARD_EXPIRY: _bought(days=29, expires=(3, 2026)),
    MailKind.GRACE: _bought(days=29, card=SECOND_DECLINED),
    MailKind.HOLD: _bought(days=45, renewal_type=RenewalType.MANUAL),
    MailKind.UNPAID: _bought(days=55, renewal_type=RenewalType.MANUAL),
    MailKind.NOTICE_1: _bought(days=31, net_days=30),
    MailKind.NOTICE_2: _bought(days=45, net_days=30),
    MailKind.NOTICE_3: _bought(days=59, net_days=30),
    MailKind.REFUND: _refunded,
    MailKind.UPDATE: _changed,
    MailKind.ITEM_ADDED: _added,
    MailKind.ITEM_REMOVED: _removed,
    MailKind.ROLLED_BACK: _rolled_back,
    MailKind.CANCELED: _canceled,
    MailKind.REINSTATED: _reinstated,
    MailKind.FINISHED: _bought(LICENCE, days=65),
}
