"""Answers made of what is saved, before or long after the call that asked for them (once.py)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from tollbridge.domain.decision import Decision
from tollbridge.flows.purchases import outcome_of
from tollbridge.flows.renew import renewed_by
from tollbridge.flows.sign_up import signed_up_by
from tollbridge.rest.endpoint import Call
from tollbridge.rest.item_calls import prices_answer
from tollbridge.rest.item_messages import ItemPrices
from tollbridge.rest.life_calls import renewed_answer
from tollbridge.rest.life_messages import Renewed
from tollbridge.rest.messages import DONE, Answer, Done
from tollbridge.rest.purchase_calls import retried_answer, state_answer
from tollbridge.rest.purchase_messages import PaymentRetried, PurchaseState
from tollbridge.rest.sandbox_calls import bought_answer, moved_on, stepped_on
from tollbridge.rest.sandbox_messages import Bought, ClockMoved, ClockStepped


def early_answer(answer: type[Answer] | None, saving: Decision | datetime) -> Answer | None:
    """The answer to a call that is about to save this; None where it depends on what follows."""
    if isinstance(saving, datetime):
        return None  # a clock moves in steps, and what they bring is known at the end
    if answer is ItemPrices:
        return prices_answer(saving.answer)
    return DONE if answer is Done else None


def late_answer(answer: type[Answer] | None, call: Call[Any], command_id: str) -> Answer:
    """The answer to a call that saved this command and was then cut off.

    Raises ValueError for an answer that is always saved with its command.
    """
    make = _LATE.get(answer) if answer is not None else None
    if make is None:
        message = f"the answer {answer} is saved with its command"
        raise ValueError(message)
    return make(call, command_id)


def _renewed(call: Call[Any], command_id: str) -> Renewed:
    return renewed_answer(call, renewed_by(call.platform, call.merchant_id, command_id))


def _bought(call: Call[Any], command_id: str) -> Bought:
    return bought_answer(signed_up_by(call.platform, call.merchant_id, command_id))


def _retried(call: Call[Any], _: str) -> PaymentRetried:
    """As the purchase stands now: the path or the body names it."""
    return retried_answer(outcome_of(call.platform, call.merchant_id, call.message.purchase_id))


def _state(call: Call[Any], _: str) -> PurchaseState:
    return state_answer(outcome_of(call.platform, call.merchant_id, call.message.purchase_id))


_LATE: Mapping[type[Answer], Callable[[Call[Any], str], Answer]] = {
    Renewed: _renewed,
    Bought: _bought,
    PaymentRetried: _retried,
    PurchaseState: _state,
    ClockMoved: moved_on,
    ClockStepped: stepped_on,
}
