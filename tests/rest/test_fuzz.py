"""Whatever comes: no 5xx, no status that is not announced, no answer outside its schema.

Short and always the same as a part of `make check`; long and different each time with
`HYPOTHESIS_PROFILE=deep` (`make fuzz`).
"""

import os
from collections.abc import Iterator
from itertools import count
from typing import Any

import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import positive_data_acceptance

from tests.given import GOLD, SEAT
from tests.rest.world import CARD, CREDENTIALS, World, basic, merchant, world_on
from tollbridge.commands.add_credential import add_credential
from tollbridge.rest.endpoint import Endpoint
from tollbridge.rest.endpoints import ENDPOINTS
from tollbridge.rest.messages import Reader
from tollbridge.rest.openapi import example_of
from tollbridge.store.opening import open_store

DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"
EXAMPLES = 2000 if DEEP else 40
HEADERS = {"Authorization": CREDENTIALS, "Host": "testserver"}
EMPTY = 1  # a merchant without subscriptions: two centuries pass for it in no time
OF_NOBODY = {**HEADERS, "Authorization": basic("empty", "empty")}
# What fits the schema may still be against a rule of the business (402).
EXCLUDED = [positive_data_acceptance]
KNOWN: dict[str, Any] = {
    "CouponCode": None,
    "currency": "USD",
    "items": [{"product_id": SEAT.id, "quantity": 2}, {"product_id": GOLD.id, "quantity": 1}],
    "card": {"number": CARD.number, "expiry_month": 12, "expiry_year": 2027},
}
# The examples are about things that exist.
IDS = {"SubscriptionId", "PrimarySubscriptionId", "SecondarySubscriptionId", "RunningNumber"}
IDS |= {"ProductId", "Items", "CustomerReferenceId"}
TAKING = [each for each in ENDPOINTS if msgspec.structs.fields(each.request)]


@pytest.fixture(scope="module")
def shared_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A world whose minutes pass quickly: schemathesis tries wrong credentials all the time."""
    book = tmp_path_factory.mktemp("gateway") / "book.db"
    with world_on(open_store("", memory=True), book, timer=count(0.0, 60.0).__next__) as made:
        made.platform.store.put_merchant(merchant(EMPTY))
        add_credential(made.platform, EMPTY, "empty", "empty")
        yield made


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=[each.action for each in ENDPOINTS])
def test_whatever_fits_the_schema(shared_world: World, endpoint: Endpoint) -> None:
    """DESIGN 7: answers are as announced: status, content type, schema; credentials count."""
    ask(shared_world, endpoint, GenerationMode.POSITIVE)


@pytest.mark.parametrize("endpoint", TAKING, ids=[each.action for each in TAKING])
def test_whatever_is_said_of_things_that_exist(shared_world: World, endpoint: Endpoint) -> None:
    """The same about subscriptions and products that are there, so that much of it is done."""
    ask(shared_world, endpoint, GenerationMode.POSITIVE, known=True)


@pytest.mark.parametrize("endpoint", TAKING, ids=[each.action for each in TAKING])
def test_whatever_does_not(shared_world: World, endpoint: Endpoint) -> None:
    """R17, R26: what the schema rules out is refused, and never with a 5xx."""
    ask(shared_world, endpoint, GenerationMode.NEGATIVE)


def ask(world: World, endpoint: Endpoint, mode: GenerationMode, *, known: bool = False) -> None:
    """Call an endpoint with many made-up requests and check every answer."""
    api = schemathesis.openapi.from_asgi("/openapi.json", world.client.app)
    # One too many in the query is no fault (DESIGN 7), and would hide that nothing else is.
    api.config.generation.update(allow_extra_parameters=False)
    operation = api[endpoint.path][endpoint.method]

    example = example_of(Reader(endpoint.request))
    existing = KNOWN | {name: value for name, value in example.items() if name in IDS}

    @settings(
        max_examples=EXAMPLES,
        derandomize=not DEEP,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(operation.as_strategy(generation_mode=mode))
    def made_up(case: "schemathesis.Case[Any]") -> None:
        if known and isinstance(case.body, dict):
            case.body |= {name: value for name, value in existing.items() if name in case.body}
        headers = OF_NOBODY if endpoint.slow else HEADERS
        case.call_and_validate(headers=headers, excluded_checks=EXCLUDED)

    made_up()
