"""The demo's merchant and its customers, made by the commands that make real ones.

Ids, dates and prices are those of the published samples (seeds 002 to 004), so that the printed
requests work as they stand.
"""

from datetime import UTC, datetime

from msgspec.structs import replace

from tollbridge.commands.add_credential import add_credential
from tollbridge.commands.advance_clock import advance_clock
from tollbridge.commands.apply_catalog import apply_catalog
from tollbridge.commands.catalog_file import CatalogFile
from tollbridge.commands.move_billing_date import move_billing_date
from tollbridge.commands.sign_up import GivenIds, SignUpRequest
from tollbridge.domain.customer import Contact
from tollbridge.domain.merchant import ManagementModel, Mode
from tollbridge.domain.payment import Card
from tollbridge.domain.refusal import NotAllowed
from tollbridge.domain.sign_up import OrderItem
from tollbridge.flows.collecting import Collector
from tollbridge.flows.sign_up import sign_up
from tollbridge.ports import Platform

ACTOR = "demo"
USERNAME = "cloudify"
SECRET = "cloudify"  # noqa: S105 - printed at the start; the demo answers this machine alone

GOLD, SEAT, SMALL_DATA_PLAN = 292122, 292973, 123450

SEATS, EARLY_GOLD, LATE_GOLD, SEVERAL_ITEMS = 67531904, 67645948, 67439867, 12345678

# S67645948 began and was moved before the others were bought.
BEGINNING = datetime(2026, 1, 16, 13, 6, 58, 548190, tzinfo=UTC)
MOVED_TO = datetime(2026, 7, 16, 13, 6, 58, 548190, tzinfo=UTC)

CARD = Card(number="T20000000000765T", expiry_month=12, expiry_year=2027)


def _in_germany(firstname: str, lastname: str, street: str, postal_code: str, city: str) -> Contact:
    """All samples have 19 % VAT, so all customers are German (R14)."""
    return Contact(
        email=f"{firstname}.{lastname}@example.com".lower(),
        firstname=firstname,
        lastname=lastname,
        country_id="DE",
        language_id="de",
        street1=street,
        postal_code=postal_code,
        city=city,
    )


EARLY = SignUpRequest(
    items=(OrderItem(product_id=GOLD, quantity=1),),
    currency="USD",
    contact=_in_germany("Erika", "Mustermann", "Beispielweg 7", "20095", "Hamburg"),
    card=CARD,
    reference_id="cloudify-customer-1",
    ids=GivenIds(customer=157304112, purchase=530064711, subscriptions=(EARLY_GOLD,)),
)
LATE = (
    SignUpRequest(
        items=(OrderItem(product_id=SEAT, quantity=10),),
        currency="USD",
        contact=_in_germany("Jana", "Beispiel", "Musterallee 10", "50667", "Köln"),
        card=CARD,
        reference_id="MbZHngtCou1wRCBahnccYkNqsVdpgc6Fl9hzENQ1",
        management_model=ManagementModel.ONE,
        ids=GivenIds(customer=157610360, purchase=531157892, subscriptions=(SEATS,)),
    ),
    SignUpRequest(
        items=(OrderItem(product_id=GOLD, quantity=1),),
        currency="USD",
        contact=_in_germany("Max", "Mustermann", "Beispielweg 5", "10115", "Berlin"),
        card=CARD,
        reference_id="cloudify-customer-3",
        ids=GivenIds(customer=157610361, purchase=531157893, subscriptions=(LATE_GOLD,)),
    ),
    SignUpRequest(
        items=(
            OrderItem(product_id=SMALL_DATA_PLAN, quantity=1),
            OrderItem(product_id=SEAT, quantity=3),
            OrderItem(product_id=GOLD, quantity=1),
        ),
        currency="USD",
        contact=_in_germany("Kim", "Muster", "Musterplatz 1", "80331", "München"),
        card=CARD,
        reference_id="cloudify-customer-4",
        ids=GivenIds(customer=157610362, purchase=531157894, subscriptions=(SEVERAL_ITEMS,)),
    ),
)


def make_demo(collector: Collector, file: CatalogFile) -> bool:
    """Make the demo; False where it is there already, and nothing is touched.

    The credential comes last: without it the demo is unfinished, and making it goes on where it
    stopped. Raises NotAllowed for a database with a live merchant.
    """
    platform = collector.platform
    if any(merchant.mode is Mode.LIVE for merchant in platform.store.merchants()):
        raise NotAllowed(
            "live_merchant",
            "The database has a live merchant; the demo wants a database of its own",
        )
    merchant_id = file.merchant.id
    credential = platform.store.credential(USERNAME)
    if credential is not None and credential.merchant_id == merchant_id:
        return False
    beginning = replace(file, merchant=replace(file.merchant, clock=BEGINNING))
    apply_catalog(platform, beginning)
    _sign_up_once(collector, merchant_id, EARLY)
    _move_once(platform, merchant_id, EARLY_GOLD)
    advance_clock(platform, merchant_id, to=file.merchant.clock)
    for request in LATE:
        _sign_up_once(collector, merchant_id, request)
    add_credential(platform, merchant_id, USERNAME, SECRET)
    return True


def _sign_up_once(collector: Collector, merchant_id: int, request: SignUpRequest) -> None:
    ids = request.ids.subscriptions if request.ids else ()
    if not any(collector.platform.store.held(merchant_id, one) for one in ids):
        sign_up(collector, merchant_id, request, ACTOR)


def _move_once(platform: Platform, merchant_id: int, subscription_id: int) -> None:
    held = platform.store.held(merchant_id, subscription_id)
    if held is not None and held.subscription.next_billing != MOVED_TO:
        move_billing_date(platform, merchant_id, subscription_id, MOVED_TO, ACTOR)
