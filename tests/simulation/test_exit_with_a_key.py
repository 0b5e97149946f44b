"""A request with an Idempotency-Key survives an exit at any boundary: done as a whole, and once.

updatecontact by CustomerReferenceId changes several customers. Whichever boundary the process ends
at, the repeat under the same key finds either nothing done or all of it.
"""

import pytest
from msgspec.structs import replace

from tests.simulation.boundaries import Exit
from tests.simulation.machine import MERCHANT, Machine, exits, order, stop
from tollbridge.commands.change_profile import change_contact
from tollbridge.commands.saving import require_held
from tollbridge.domain.customer import ContactRole
from tollbridge.domain.profile import ContactChange
from tollbridge.domain.request import KeptAnswer, RequestKey
from tollbridge.flows.collecting import Collector
from tollbridge.flows.sign_up import sign_up
from tollbridge.ports import Asked
from tollbridge.queries.doctor import examine
from tollbridge.rest.once import Given, Once, Work

REFERENCE = "4711"
DONE = KeptAnswer(status=200, content_type="application/json", body=b'{"ResultMessage":"OK"}')


@pytest.fixture
def customers(machine: Machine) -> tuple[int, ...]:
    """The subscriptions of three customers whom the merchant knows by one reference."""
    process = machine.start()
    wanted = replace(order(1), reference_id=REFERENCE)
    bought = [sign_up(process, MERCHANT, wanted, "test") for _ in range(3)]
    stop(process)
    return tuple(number for one in bought for number in one.subscription_ids)


def update_contact(process: Collector, key: str) -> Given:
    """The call, under a key; its answer is saved with its effect."""

    def serve(asked: Asked) -> KeptAnswer:
        change_contact(
            process.asked(asked).platform,
            MERCHANT,
            subscription_id=None,
            reference_id=REFERENCE,
            change=ContactChange(role=ContactRole.BILLING, fields={"city": key}),
            actor="test",
        )
        return DONE

    request = RequestKey(merchant_id=MERCHANT, username="test", path="/updatecontact", key=key)
    once = Once(process.platform, request, key.encode(), name="updatecontact", actor="test")
    # An answer that is saved with its effect is never made later, and nothing is refused here.
    return once.answer(
        Work(serve, early=lambda _: DONE, late=lambda _: DONE, refused=lambda _: DONE)
    )


def test_all_customers_or_none(machine: Machine, customers: tuple[int, ...]) -> None:
    """After an exit all cities are the new one or none; the repeat is answered OK, and all are."""
    for exit_at in exits():
        key = f"Town {exit_at}"
        doomed = machine.start(exit_at)
        try:
            update_contact(doomed, key)
            survived = True
        except Exit:
            survived = False
        stop(doomed)

        restarted = machine.start()
        assert len({_city(restarted, number) for number in customers}) == 1, exit_at
        assert update_contact(restarted, key).answer == DONE
        assert {_city(restarted, number) for number in customers} == {key}, exit_at
        journals = (restarted.platform.store.journal(MERCHANT, number) for number in customers)
        changes = [[e.type for e in rows].count("ProfileChanged") for rows in journals]
        assert changes == [exit_at] * len(customers), exit_at
        assert list(examine(restarted.platform)) == [], exit_at
        stop(restarted)
        if survived:
            break
    assert exit_at > 6  # the key, the customers and the save, before and after each


def _city(process: Collector, subscription_id: int) -> str:
    return require_held(process.platform, MERCHANT, subscription_id).customer.billing.city
