"""What tests about instalments start from: products sold by the term, and lives that pay for them.

life = billed(signed_up(SHORT), 2)   # three months at 90.00, the last instalment paid
assert (amounts(life), counts(life)) == ([3000, 3000, 3000], (2, 0))
"""

from msgspec.structs import replace

from tests.billing import run
from tests.domain.laws import LAWS
from tests.given import GOLD, STANDARD, Life, paid, product
from tollbridge.domain import events as ev
from tollbridge.domain.catalog import Product
from tollbridge.domain.purchase import Purchase
from tollbridge.domain.schedule import Interval
from tollbridge.domain.totals import next_totals

PLAN = product(70, "100.00", every="P1Y", paid="P1M", name="Plan", also={"JPY": "10000"})
BIGGER = product(71, "180.00", every="P1Y", paid="P1M", name="Bigger")
QUARTERLY = product(72, "100.00", every="P1Y", paid="P3M", name="Quarterly")
SHORT = product(73, "90.00", every="P3M", paid="P1M", name="Short")
SOLD = (PLAN, BIGGER, QUARTERLY, SHORT, GOLD, STANDARD)
MONTH, YEAR = Interval(1), Interval(12)


def signed_up(sold: Product = SHORT, *more: Product, renewals: int | None = None) -> Life:
    """A paid subscription to one unit of each product."""
    sold = replace(sold, recurrence_count=renewals)
    others = [one for one in (*SOLD, *more) if one.id != sold.id]
    return paid((sold, 1), *((one, 1) for one in more), products=(sold, *others))


def billed(life: Life, times: int) -> Life:
    """The life after so many more bills, all paid."""
    for _ in range(times):
        run(life, until=life.subscription.next_billing)
    return life


def counts(life: Life) -> tuple[int, int]:
    """LastBillingIntervalNo and LastIntervalNo."""
    now = life.subscription
    return now.last_billing_interval_no, now.last_interval_no


def amounts(life: Life) -> list[int]:
    """What every purchase came to with tax, in order."""
    return [purchase.amount.gross for purchase in life.records.purchases]


def opened(life: Life) -> list[Purchase]:
    """Every purchase, as it was opened."""
    return [e.purchase for e in life.events if isinstance(e, ev.PurchaseOpened)]


def totals(life: Life) -> tuple[int, int]:
    """NextBilling and NextRenewal with tax."""
    billing, renewal = next_totals(life.subscription, life.tax, life.country)
    return billing.gross, renewal.gross


def held(life: Life) -> None:
    """Every law of a life."""
    for law in LAWS:
        law(life)
