"""How every command is saved: decide on what is stored now, save, decide again on a conflict."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from tollbridge.commands.coupons import offer_of
from tollbridge.domain.decision import BLANK, Context, Decision, Fresh
from tollbridge.domain.facts import Parties
from tollbridge.domain.refusal import Busy, known_subscription
from tollbridge.ports import Command, Failed, Held, Platform, Saved, Series, UnsavableError

TRIES = 3  # a conflict reloads and decides again, this often (R7)


def decide_and_save(
    platform: Platform,
    decide: Callable[[], Decision],
    *,
    name: str,
    actor: str,
    tries: int = TRIES,
) -> Decision:
    """The decision as it was saved; `decide` must load what it decides on anew each time.

    Raises Busy when somebody else was faster `tries` times in a row (R7), whatever Refusal
    `decide` raises, and UnsavableError for what the database cannot hold: then nothing is saved.
    """
    [decision] = decide_and_save_all(
        platform, lambda: [decide()], name=name, actor=actor, tries=tries
    )
    return decision


def decide_and_save_all(
    platform: Platform,
    decide: Callable[[], Sequence[Decision]],
    *,
    name: str,
    actor: str,
    tries: int = TRIES,
) -> Sequence[Decision]:
    """As `decide_and_save` for decisions that one request asks for, saved in one transaction.

    Where some lose (without a key the others are saved), all are decided again: what is saved
    must come to no news then. All of them have the same answer.
    """
    for _ in range(tries):
        decisions = decide()
        news = [decision for decision in decisions if decision.changed]
        if not news:
            return decisions
        command = command_of(platform, news[0], name=name, actor=actor)
        answers = platform.store.save(news, command)
        if all(saved is Saved.SAVED for saved in answers):
            if platform.asked is not None:
                platform.asked.saved = True
            return decisions
        for failed in answers:
            if isinstance(failed, Failed):
                raise UnsavableError(failed.error)
    raise Busy("busy", "The subscription is being changed by somebody else; try again")


def command_of(
    platform: Platform, saving: Decision | datetime, *, name: str, actor: str
) -> Command:
    """The envelope of what is to be saved, with the keyed request that asked for it, if any."""
    return Command(
        id=platform.new_key(),
        actor=actor,
        name=name,
        recorded_at=platform.wall(),
        request=None if platform.asked is None else platform.asked.with_answer(saving),
    )


def require_held(platform: Platform, merchant_id: int, subscription_id: int) -> Held:
    """The subscription with what surrounds it; NotFound when the merchant has none with this id."""
    return known_subscription(platform.store.held(merchant_id, subscription_id), subscription_id)


def context_of(
    platform: Platform,
    held: Held,
    products: Iterable[int] = (),
    fresh: Fresh = BLANK,
    *,
    coupon_code: str = "",
    now: datetime | None = None,
) -> Context:
    """Everything that a decision about the subscription depends on.

    `products` are the ids that the catalog is read for; unknown ones are left out. `now` is the
    merchant's time unless it is given, and never before what happened last: while its clock is
    advanced a subscription may be up to a window ahead of it (R24).
    """
    subscription = held.subscription
    now = now or held.merchant.now(platform.wall())
    wanted = tuple(products)
    return Context(
        now=max(now, subscription.last_event_at or subscription.start),
        country=held.customer.country,
        tax=platform.tax,
        products=platform.store.products(held.merchant.id, wanted) if wanted else {},
        offer=offer_of(platform, held.merchant.id, coupon_code),
        enforce_replacements=held.merchant.enforce_replacements,
        parties=Parties(held.customer, held.payment_method),
        fresh=fresh,
    )


def time_of(platform: Platform, held: Sequence[Held]) -> datetime:
    """The merchant's time, and never before what happened last to any of them (R24)."""
    last = (one.subscription.last_event_at or one.subscription.start for one in held)
    return max(held[0].merchant.now(platform.wall()), *last)


def fresh_purchase(platform: Platform, merchant_id: int) -> Fresh:
    """An id and a key for a decision that may charge something."""
    return Fresh(platform.store.issue_ids(merchant_id, Series.PURCHASE)[0], platform.new_key())


def change_subscription(
    platform: Platform,
    merchant_id: int,
    subscription_id: int,
    decide: Callable[[Held], Decision],
    *,
    name: str,
    actor: str,
) -> Decision:
    """Change one subscription: load it, decide, save; again on a conflict (R7).

    Raises what `decide` raises, NotFound for the subscription, and Busy.
    """

    def attempt() -> Decision:
        return decide(require_held(platform, merchant_id, subscription_id))

    return decide_and_save(platform, attempt, name=name, actor=actor)
