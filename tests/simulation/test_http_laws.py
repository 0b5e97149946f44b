"""Laws of whole lives through HTTP: any catalog, any sign-up, any calls in any order.

A longer look at other lives each time: `HYPOTHESIS_PROFILE=deep`.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from fractions import Fraction
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from httpx2 import Response
from hypothesis import event, given, settings
from hypothesis import strategies as st

from tests.domain.laws import LAWS
from tests.domain.lives import products
from tests.given import Life
from tests.rest.world import CLOUDIFY, PRIMARY, SECONDARY, World, decimals, world_on
from tollbridge.domain.catalog import Product
from tollbridge.domain.decision import Change
from tollbridge.domain.events import decode_event
from tollbridge.domain.merchant import ManagementModel
from tollbridge.domain.money import ZERO, Split, TaxKind, to_minor
from tollbridge.domain.payment import Result
from tollbridge.domain.posting import Account
from tollbridge.domain.promotion import FixedAmount, Promotion
from tollbridge.domain.purchase import PurchaseStatus, Purpose
from tollbridge.domain.sign_up import OrderItem
from tollbridge.domain.stored import StoredPurchase
from tollbridge.domain.subscription import RenewalType
from tollbridge.flows.recovery import recover
from tollbridge.queries.doctor import examine
from tollbridge.rest.dates import zulu
from tollbridge.store.opening import open_store

EXAMPLES = 2000 if os.environ.get("HYPOTHESIS_PROFILE") == "deep" else 100
FIRST = 900001  # product ids that no other subscription of the world has
LIMIT = 2  # uses of the promotion that is limited
PARTS = ("Alignment", "NextBilling", "NextRenewal")
REFUSED = {400, 402, 404}
# Approved, declined at the second or third charge, and an answer of the gateway that is lost.
# The sign-up may be declined too, and the card updater may know a newer card.
CARDS = ["765T", "765T", "765T", "072T", "073T", "068T", "071T", "080T"]

Body = dict[str, Any]


@dataclass(frozen=True)
class Ask:
    """A call about the subscription of the life, or about another one."""

    call: str
    body: Body
    about: int | None = None


@dataclass(frozen=True)
class Wait:
    """Time passes."""

    hours: int


@dataclass(frozen=True)
class Move:
    """The billing date is moved to a time from now."""

    hours: int


Step = Ask | Wait | Move

running_nos = st.sampled_from([1, 1, 1, 2, 2, 3, 7])
quantities = st.sampled_from([0, *range(1, 30)])
sold = st.integers(FIRST, FIRST + 3)  # the last one is not for sale
others = st.sampled_from([None, None, None, PRIMARY, SECONDARY])
codes = st.sampled_from(["PART", "FIXED", "LIMITED", "limited", "nobody-knows-it"])
references = st.sampled_from(["x", "y", f"customer-of-{SECONDARY}"])
aligned = st.builds(
    lambda align, extend: {"AlignToCurrentInterval": align, "ExtendInterval": extend},
    st.booleans(),
    st.sampled_from([False, False, True]),
)


def asks(call: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Ask]:
    """A call with these fields."""
    return st.builds(Ask, st.just(call), st.fixed_dictionaries(fields), others)


def own_prices(currency: str) -> st.SearchStrategy[Body]:
    """A price of the merchant's own, sometimes in a currency that does not fit (R9)."""
    return st.fixed_dictionaries(
        {
            "CurrencyId": st.sampled_from([currency] * 5 + ["CHF"]),
            "IsGross": st.booleans(),
            "Value": st.decimals(0, 300, places=2).map(float),
        }
    )


def promotions(currency: str) -> st.SearchStrategy[list[Promotion]]:
    """A percentage, a fixed amount, and one that may be used twice (R15)."""
    kinds: list[dict[str, st.SearchStrategy[Any]]] = [
        {"percent": st.decimals("0.5", 100, places=1)},
        {"fixed": fixed_amounts(currency)},
        {"fixed": fixed_amounts(currency), "max_uses": st.just(LIMIT)},
    ]
    made = [
        st.builds(
            Promotion,
            merchant_id=st.just(CLOUDIFY),
            id=st.just(number),
            name=st.just(code.title()),
            codes=st.just((code,)),
            billings=st.sampled_from([None, 1, 3]),
            **kind,
        )
        for number, (code, kind) in enumerate(
            zip(("PART", "FIXED", "LIMITED"), kinds, strict=True), start=1
        )
    ]
    return st.tuples(*made).map(list)


def fixed_amounts(currency: str) -> st.SearchStrategy[tuple[FixedAmount, ...]]:
    """An amount in the currency of the life, and in that of the others."""
    currencies = dict.fromkeys((currency, "USD"))
    return st.builds(
        lambda tax, amount: tuple(FixedAmount(code, tax, amount) for code in currencies),
        st.sampled_from(TaxKind),
        st.decimals(1, 50, places=0),
    )


def profile_steps() -> st.SearchStrategy[Step]:
    """Card, reference and contacts, of a subscription's customer or of all with a reference."""
    fields = st.fixed_dictionaries(
        {"CountryId": st.sampled_from(["DE", "FR"]), "LanguageId": st.just("de")},
        optional={"City": st.sampled_from(["", "Bonn"]), "Email": st.just("a@customer.example")},
    )
    contact = {
        "Contact": fields,
        "ContactType": st.sampled_from(["BillingContact", "DeliveryContact", "LicenseeContact"]),
        "SplitContact": st.booleans(),
        "DeleteOmittedParameters": st.booleans(),
    }
    return st.one_of(
        asks("updateaccount"),
        asks("updatecustomer", CustomerReferenceId=references),
        asks("updatecontact", **contact),
        asks(
            "updatecontact",
            SubscriptionId=st.none(),
            CustomerReferenceId=references,
            **contact,
        ),
    )


def steps(currency: str) -> st.SearchStrategy[Step]:
    """What may come next; most often something that costs money."""
    item: dict[str, st.SearchStrategy[Any]] = {
        "RunningNumber": running_nos,
        "Quantity": quantities,
        "AlignmentSettings": aligned,
    }
    update = asks("updatesubscriptionitem", ProductId=sold, **item)
    renewed = asks(
        "updatesubscriptionitem",
        ProductId=sold,
        RunningNumber=running_nos,
        Quantity=quantities,
        TriggerImmediateRenewal=st.sampled_from([True]),
        ResetBillingInterval=st.booleans(),
    )
    added = asks(
        "addsubscriptionitem", ProductId=sold, Quantity=quantities, AlignmentSettings=aligned
    )
    coupon = asks("updatesubscriptionitem", ProductId=sold, CouponCode=codes, **item)
    added_with_coupon = asks(
        "addsubscriptionitem",
        ProductId=sold,
        Quantity=quantities,
        AlignmentSettings=aligned,
        CouponCode=codes,
    )
    final = st.sampled_from([(True, True), (True, False), (False, False), (False, True)])
    merged = st.builds(
        Ask,
        st.just("alignsubscriptions"),
        st.fixed_dictionaries(
            {
                "PrimarySubscriptionId": st.just(f"S{PRIMARY}"),
                "SecondarySubscriptionId": st.just(f"S{SECONDARY}"),
                "AlignmentSettings": aligned,
            }
        ),
        st.just(PRIMARY),
    )
    return st.one_of(
        update,
        update,
        renewed,
        added,
        added,
        coupon,
        coupon,
        added_with_coupon,
        profile_steps(),
        asks("increasesubscriptionitemquantity", **item),
        asks(
            "updatesubscriptionitemprice",
            CustomerPrice=own_prices(currency),
            ForcePriceRecalculation=st.booleans(),
            **item,
        ),
        merged,
        asks("renewsubscription", ResetBillingInterval=st.booleans()),
        st.builds(
            lambda items, how, about: Ask(
                "deactivatesubscriptionitems",
                {"Items": items, "AllowReinstate": how[0], "GenerateMail": how[1]},
                about,
            ),
            st.lists(running_nos, max_size=2),
            final,
            others,
        ),
        asks("reinstatesubscriptionitems", Items=st.lists(running_nos, max_size=2)),
        asks("removesubscriptionitem", RunningNumber=running_nos),
        asks("updatesubscriptionrenewaltype", RenewalType=st.sampled_from(["Automatic", "Manual"])),
        asks(
            "updatesubscriptionparameters",
            Items=st.lists(
                st.fixed_dictionaries({"Key": st.sampled_from("ab"), "Value": st.just("1")}),
                max_size=2,
            ),
        ),
        st.builds(Move, st.integers(-24, 90 * 24)),
        st.builds(Wait, st.integers(0, 20 * 24)),
        st.builds(Wait, st.integers(0, 20 * 24)),
    )


@dataclass(frozen=True)
class Plan:
    """A catalog, a sign-up and what comes after it."""

    currency: str
    catalog: list[Product]
    promotions: list[Promotion]
    coupon_code: str
    lines: list[OrderItem]
    card: str
    renewal_type: RenewalType
    model: ManagementModel
    steps: list[Step]


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    """Any life."""
    currency = draw(st.sampled_from(["USD", "USD", "JPY", "KWD"]))
    catalog = [draw(products(FIRST + number, currency)) for number in range(3)]
    fitting = [each.id for each in catalog if each.beginning == catalog[0].beginning]
    line = st.builds(OrderItem, product_id=st.sampled_from(fitting), quantity=st.integers(1, 20))
    return Plan(
        currency=currency,
        catalog=catalog,
        promotions=draw(promotions(currency)),
        coupon_code=draw(st.sampled_from(["", "", "PART", "FIXED", "LIMITED"])),
        lines=draw(st.lists(line, min_size=1, max_size=3)),
        card=f"T20000000000{draw(st.sampled_from(CARDS))}",
        renewal_type=draw(st.sampled_from(RenewalType)),
        model=draw(st.sampled_from([ManagementModel.TWO, ManagementModel.ONE])),
        steps=draw(st.lists(steps(currency), min_size=3, max_size=10)),
    )


@settings(max_examples=EXAMPLES)
@given(plans())
def test_laws_of_lives_through_http(plan: Plan) -> None:
    """R4, R7, R10, R12, R15, table 3.1, table 3.6: previews, refusals, money and statuses."""
    with (
        TemporaryDirectory() as folder,
        world_on(open_store("", memory=True), Path(folder) / "book.db") as world,
    ):
        world.platform.store.put_products(CLOUDIFY, plan.catalog)
        assert world.platform.store.put_promotions(CLOUDIFY, plan.promotions)
        [subscription_id] = world.buy(
            *plan.lines,
            card=plan.card,
            currency=plan.currency,
            renewal_type=plan.renewal_type,
            management_model=plan.model,
            coupon_code=plan.coupon_code,
        )
        for step in plan.steps:
            take(world, subscription_id, step)
        recover(world.platform)  # what the gateway's lost answer would have told
        for number in (subscription_id, PRIMARY, SECONDARY):
            one_version_is_told_as_current(world, number)
            life = life_of(world, number)
            for law in LAWS:
                law(life)
        money_was_taken_once(world)
        uses_are_limited(world, subscription_id, PRIMARY, SECONDARY)
        assert list(examine(world.platform)) == []


def take(world: World, subscription_id: int, step: Step) -> None:
    """Let a step happen, and look at what it did."""
    if isinstance(step, Wait):
        if step.hours:
            world.wait(hours=step.hours)
        return
    if isinstance(step, Move):
        merchant = world.platform.store.merchant(CLOUDIFY)
        assert merchant is not None
        to = zulu(merchant.sandbox_clock() + timedelta(hours=step.hours))
        step = Ask("updatenextbillingdate", {"NextBillingDate": to})
    number = step.about or subscription_id
    body = {"SubscriptionId": f"S{number}", **step.body}
    if step.call == "alignsubscriptions":
        del body["SubscriptionId"]
    before, known = world.state(), purchases_of(world, number)
    preview = previewed(world, step.call, body)
    assert world.state() == before
    answer = world.call(step.call, body)
    event(f"{step.call}, coupon {step.body.get('CouponCode', 'none')}: {answer.status_code}")
    if answer.status_code != 200:
        assert answer.status_code in REFUSED, answer.text
        assert world.state() == before
    if preview is not None:
        assert (answer.status_code, answer.content) == (preview.status_code, preview.content)
    if answer.status_code == 200:
        opened = [each for each in purchases_of(world, number).values() if each.id not in known]
        if preview is not None:
            assert told(decimals(preview.content)) == aligned_amount(opened)
        for purchase in opened:
            event(f"{purchase.purpose.value} {purchase.status.value}")
            is_booked_as_opened(world, number, purchase)


def previewed(world: World, call: str, body: Mapping[str, Any]) -> Response | None:
    """What the call would come to; None for a call that has no preview."""
    if "AlignmentSettings" not in body and "Quantity" not in body:
        return None
    only = {**body.get("AlignmentSettings", {}), "GetCustomerPricePreviewOnly": True}
    return world.call(call, {**body, "AlignmentSettings": only})


def told(prices: Mapping[str, Any]) -> Split:
    """The alignment amounts of a price answer; in all of them gross is net and VAT (R10)."""
    if "PriceCurrencyId" not in prices:
        return ZERO
    for part in PARTS:
        gross, net, vat = (prices[f"{part}Customer{kind}Price"] for kind in ("Gross", "Net", "Vat"))
        assert gross == net + vat
    return Split(
        *(
            to_minor(Fraction(prices[f"AlignmentCustomer{kind}Price"]), prices["PriceCurrencyId"])
            for kind in ("Gross", "Net", "Vat")
        )
    )


def aligned_amount(opened: list[StoredPurchase]) -> Split:
    """What was charged for the running interval; a call opens one purchase at most (R4)."""
    assert len(opened) <= 1
    return next((each.amount for each in opened if each.purpose is Purpose.ALIGNMENT), ZERO)


def purchases_of(world: World, subscription_id: int) -> dict[int, StoredPurchase]:
    """The purchases of a subscription as they are stored."""
    rows = world.platform.store.money_rows(CLOUDIFY, subscription_id)
    return {each.id: each for each in rows.purchases}


def is_booked_as_opened(world: World, subscription_id: int, purchase: StoredPurchase) -> None:
    """The purchase's amount is what its lines, its postings and the gateway's book say."""
    rows = world.platform.store.money_rows(CLOUDIFY, subscription_id)
    lines = [line.amount for line in rows.purchase_items if line.purchase_id == purchase.id]
    assert sum(lines, ZERO) == purchase.amount
    assert purchase.amount.gross == purchase.amount.net + purchase.amount.vat
    posted = {
        account: sum(
            posting.amount
            for posting in rows.postings
            if posting.purchase_id == purchase.id and posting.account is account
        )
        for account in Account
    }
    paid = purchase.status is PurchaseStatus.PAID
    assert posted == {
        Account.REVENUE: -purchase.amount.net,
        Account.VAT: -purchase.amount.vat,
        Account.CASH: purchase.amount.gross if paid else 0,
        Account.RECEIVABLE: 0 if paid else purchase.amount.gross,
    }
    booked = [e for e in world.platform.gateway.book(CLOUDIFY) if e.purchase_id == purchase.id]
    asked_for = [purchase.amount.gross] if purchase.amount.gross else []
    assert [entry.amount for entry in booked] == asked_for
    assert all(entry.currency == purchase.currency for entry in booked)


def money_was_taken_once(world: World) -> None:
    """R4: no purchase is captured twice in the gateway's book."""
    captured = [
        entry.purchase_id
        for entry in world.platform.gateway.book(CLOUDIFY)
        if entry.outcome.result is Result.CAPTURED
    ]
    assert len(captured) == len(set(captured))


def uses_are_limited(world: World, *numbers: int) -> None:
    """R15: no promotion is used more often than it may be."""
    rows = (world.platform.store.money_rows(CLOUDIFY, number) for number in numbers)
    used = [use.use_no for of_one in rows for use in of_one.coupon_uses]
    assert len(used) == len(set(used))
    assert all(0 < use_no <= LIMIT for use_no in used)


def one_version_is_told_as_current(world: World, subscription_id: int) -> None:
    """R3: of all versions of a running number, one is current; and amounts add up (R10)."""
    items = world.read(subscription_id)["Items"]
    current = [item["RunningNo"] for item in items if item["IsCurrent"]]
    assert len(current) == len(set(current))
    assert set(current) == {item["RunningNo"] for item in items}


def life_of(world: World, subscription_id: int) -> Life:
    """The life that the journal tells, change by change as it was saved."""
    changes: list[Change] = []
    now = None
    entries = world.platform.store.journal(CLOUDIFY, subscription_id)
    for _, together in groupby(entries, lambda entry: entry.command_id):
        change = Change(now)
        for entry in together:
            change = change.then(decode_event(entry.type, entry.version, entry.payload))
        changes.append(change)
        now = change.after
    held = world.platform.store.held(CLOUDIFY, subscription_id)
    assert held is not None
    return Life(subscription=held.subscription, changes=changes)
