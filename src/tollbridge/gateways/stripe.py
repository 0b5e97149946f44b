"""Stripe as a payment gateway, for live merchants (docs/decisions/0011-stripe.md).

Cards are charged without the customer (off session), each charge under an Idempotency-Key made of
the attempt's key, which stands in the metadata too: so an answer that was lost is found again.
Numbers of cards never come here: Stripe's own page takes them and gives a token.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import TypeVar

import requests
import stripe
from requests.adapters import HTTPAdapter

from tollbridge.domain.customer import PaymentMethod
from tollbridge.domain.payment import (
    BookEntry,
    Card,
    CardToken,
    Charge,
    Outcome,
    Refund,
    StoredCard,
)
from tollbridge.domain.refusal import Invalid, NotAllowed
from tollbridge.gateways import stripe_answers as answers
from tollbridge.gateways.stripe_answers import UNKNOWN, Answer, Token
from tollbridge.logs import log
from tollbridge.ports import GatewayUnavailableError

CONCURRENT = 16  # requests at once; Stripe allows 100 a second, 25 with a test key
TIMEOUT_SECONDS = 20.0
PAGE_ROWS = 100  # the most that Stripe gives
# Stripe's search can lag behind by an hour, says its reference: what is younger is listed instead.
SEARCH_LAG_SECONDS = 2 * 60 * 60

Asked = TypeVar("Asked", Charge, Refund, str)
Found = TypeVar("Found")


class Stripe:
    """The `Gateway` of live merchants.

    `return_url` is where Stripe sends a customer who has authenticated. `api_base` names another
    server than Stripe's. A request that takes longer than `timeout_seconds` is UNKNOWN.
    """

    def __init__(
        self,
        api_key: str,
        *,
        return_url: str,
        api_base: str | None = None,
        timeout_seconds: float = TIMEOUT_SECONDS,
    ) -> None:
        logging.getLogger("stripe").setLevel(logging.WARNING)  # below that it logs whole bodies
        self._return_url = return_url
        self._session = requests.Session()
        for scheme in ("https://", "http://"):
            self._session.mount(scheme, HTTPAdapter(pool_maxsize=CONCURRENT))
        client = stripe.StripeClient(
            api_key,
            base_addresses={"api": api_base} if api_base else {},
            http_client=stripe.RequestsClient(timeout=timeout_seconds, session=self._session),
            max_network_retries=0,  # who asks again is decided in one place: recovery
        )
        self._api = client.v1
        self._pool = ThreadPoolExecutor(CONCURRENT, thread_name_prefix="stripe")

    def store_card(self, merchant_id: int, card: Card | CardToken) -> StoredCard:
        """Keep a payment method (`pm_...`) that Stripe's page made, with a customer of its own.

        One that belongs to a customer already, since it was authenticated for later payments,
        stays with that customer. Raises NotAllowed for a card as it is typed.
        """
        if isinstance(card, Card):
            raise NotAllowed(
                "card_typed", "Cards are entered on Stripe's page only.", field="card.number"
            )
        try:
            return self._stored(merchant_id, card.token)
        except stripe.CardError:
            raise NotAllowed(
                "card_declined", "The bank refuses this card.", field="card.token"
            ) from None
        except stripe.InvalidRequestError as error:
            _tell(error)
            raise Invalid("card.token", "Stripe knows no such card.") from None
        except stripe.StripeError as error:
            raise _unavailable(error) from None

    def charge(self, charges: Sequence[Charge]) -> Sequence[Outcome]:
        """One outcome for each charge in order; many are on their way at once.

        Raises ValueError where the simulator would; other charges of the call may be taken then.
        """
        _require_amounts(charges)
        return self._each(self._charge, charges)

    def refund(self, refunds: Sequence[Refund]) -> Sequence[Outcome]:
        """One outcome for each refund in order. Raises as `charge` does.

        The refunds of a payment are read first, so that a key is known for ever and not only as
        long as Stripe keeps it (24 hours).
        """
        _require_amounts(refunds)
        return self._each(self._refund, refunds)

    def look_up(self, merchant_id: int, keys: Sequence[str]) -> Sequence[Outcome | None]:
        """What Stripe knows of these keys: by search, and by listing what search may not have yet.

        A refund that is older than two hours is not found: `refund` finds it, and gives nothing
        back twice. Asks the customer where a bank wants to see them and was not asked yet.
        """
        try:
            found = self._found(merchant_id, keys)
        except stripe.StripeError as error:
            _tell(error)
            return [UNKNOWN] * len(keys)
        return [None if (one := found[key]) is None else self._outcome(one) for key in keys]

    def cancel(self, merchant_id: int, keys: Sequence[str]) -> Sequence[Outcome]:
        """Cancel the intents that wait for their customer; what each of them is then."""
        try:
            found = self._found(merchant_id, list(dict.fromkeys(keys)))
        except stripe.StripeError as error:
            _tell(error)
            return [UNKNOWN] * len(keys)
        return self._each(lambda key: self._canceled(found[key]), keys)

    def update_card(self, merchant_id: int, method: PaymentMethod) -> StoredCard | None:
        """The card as the card networks have renewed it; None where nothing is newer or known."""
        token = answers.read_token(method.token, merchant_id)
        if token is None:
            return None
        try:
            kept = self._api.payment_methods.retrieve(token.method).to_dict()
        except stripe.StripeError as error:
            _tell(error)
            return None
        now = answers.stored_card(token, kept)
        before = (method.last_four, method.expiry_month, method.expiry_year)
        return None if (now.last_four, now.expiry_month, now.expiry_year) == before else now

    def book(self, merchant_id: int) -> Iterator[BookEntry]:
        """Every intent and refund of this merchant, oldest first by the second.

        Stripe lists the newest first: all of them are held in memory.
        """
        try:
            intents = list(self._intents())
            refunds = list(self._refunds())
        except stripe.StripeError as error:
            raise _unavailable(error) from None
        lines = [*reversed(intents), *reversed(refunds)]  # a refund follows its charge
        lines.sort(key=lambda line: int(line["created"]))
        yield from (answers.entry(line) for line in lines if answers.key_of(line, merchant_id))

    def close(self) -> None:
        """Let running requests end, then hang up."""
        self._pool.shutdown(wait=True)
        self._session.close()

    def _each(self, ask: Callable[[Asked], Found], asked: Sequence[Asked]) -> list[Found]:
        """The answer to each, in order; the same thing is asked once, and all of it is asked."""
        jobs = {one: self._pool.submit(ask, one) for one in dict.fromkeys(asked)}
        for job in jobs.values():
            job.exception()
        return [jobs[one].result() for one in asked]

    def _stored(self, merchant_id: int, token: str) -> StoredCard:
        method = self._api.payment_methods.retrieve(token).to_dict()
        customer = method.get("customer")
        if customer is None:
            told = {"tollbridge_merchant": str(merchant_id)}
            customer = self._api.customers.create({"metadata": told}).id
            attached = self._api.payment_methods.attach(method["id"], {"customer": customer})
            method = attached.to_dict()
        return answers.stored_card(Token(merchant_id, customer, method["id"]), method)

    def _charge(self, charge: Charge) -> Outcome:
        token = answers.read_token(charge.payment_method.token, charge.merchant_id)
        if token is None:
            return answers.NO_SUCH_CARD
        try:
            intent = self._api.payment_intents.create(
                {
                    "amount": answers.to_stripe(charge.amount, charge.currency),
                    "currency": charge.currency.lower(),
                    "customer": token.customer,
                    "payment_method": token.method,
                    "allowed_payment_method_types": ["card"],
                    "confirm": True,
                    "off_session": True,
                    "metadata": answers.told_of_charge(charge),
                },
                {"idempotency_key": f"charge/{charge.merchant_id}/{charge.key}"},
            )
        except stripe.CardError as error:
            return self._declined(error)
        except stripe.StripeError as error:
            return _refused(error, charge.key)
        return self._outcome(intent.to_dict())

    def _declined(self, error: stripe.CardError) -> Outcome:
        """A decline, or a bank that wants the customer: then the intent as it is by now."""
        problem = _problem(error)
        reason = answers.reason_of(problem)
        if reason != answers.AUTHENTICATION:
            return answers.declined(reason)
        try:
            intent = self._api.payment_intents.retrieve(problem["payment_intent"]["id"])
        except stripe.StripeError as unread:
            _tell(unread)
            return UNKNOWN
        return self._outcome(intent.to_dict())

    def _outcome(self, found: Answer) -> Outcome:
        """What became of an intent or a refund; asks the customer where that is to be done."""
        if not answers.needs_customer(found):
            return answers.outcome_of(found)
        method = found["last_payment_error"].get("payment_method") or {}
        try:
            intent = self._api.payment_intents.confirm(
                found["id"],
                {"payment_method": method["id"], "return_url": self._return_url},
                {"idempotency_key": f"customer/{found['id']}"},
            )
        except stripe.CardError as error:
            return answers.declined(answers.reason_of(_problem(error)))
        except stripe.StripeError as error:
            _tell(error)
            return UNKNOWN
        return answers.outcome_of(intent.to_dict())

    def _canceled(self, found: Answer | None) -> Outcome:
        """The intent is read again where it cannot be cancelled: the customer was faster."""
        if found is None:
            return UNKNOWN
        if not answers.waits(found):
            return answers.outcome_of(found)
        try:
            intent = self._api.payment_intents.cancel(found["id"])
        except stripe.InvalidRequestError:
            try:
                intent = self._api.payment_intents.retrieve(found["id"])
            except stripe.StripeError as unread:
                _tell(unread)
                return UNKNOWN
        except stripe.StripeError as error:
            _tell(error)
            return UNKNOWN
        return answers.outcome_of(intent.to_dict())

    def _refund(self, refund: Refund) -> Outcome:
        if not refund.reference:
            return answers.NO_SUCH_CHARGE
        try:
            given = self._api.refunds.list(
                {"payment_intent": refund.reference, "limit": PAGE_ROWS}
            ).auto_paging_iter()
            for one in (found.to_dict() for found in given):
                if answers.key_of(one, refund.merchant_id) == refund.key:
                    return _first_outcome(refund, one)
            new = self._api.refunds.create(
                {
                    "payment_intent": refund.reference,
                    "amount": answers.to_stripe(refund.amount, refund.currency),
                    "metadata": answers.told_of_refund(refund),
                },
                {"idempotency_key": f"refund/{refund.merchant_id}/{refund.key}"},
            )
        except stripe.InvalidRequestError as error:
            return _refused_refund(error)
        except stripe.StripeError as error:
            return _refused(error, refund.key)
        return answers.outcome_of(new.to_dict())

    def _found(self, merchant_id: int, keys: Sequence[str]) -> dict[str, Answer | None]:
        """The intent or the refund of each key, None where there is none."""
        found = dict(zip(keys, self._each(self._searched(merchant_id), keys), strict=True))
        missing = {key for key, one in found.items() if one is None}
        for one in chain(_recent(self._intents()), _recent(self._refunds())) if missing else ():
            key = answers.key_of(one, merchant_id)
            if key in missing:
                found[key] = one
                missing.remove(key)
            if not missing:
                break
        return found

    def _searched(self, merchant_id: int) -> Callable[[str], Answer | None]:
        """Search by a key. It may know an old state, so the intent itself is read then."""

        def search(key: str) -> Answer | None:
            text = key.replace("\\", "\\\\").replace('"', '\\"')
            query = f'metadata["tollbridge_key"]:"{text}"'
            for one in self._api.payment_intents.search({"query": query}).data:
                if answers.key_of(one.to_dict(), merchant_id) == key:
                    return self._api.payment_intents.retrieve(one.id).to_dict()
            return None

        return search

    def _intents(self) -> Iterator[Answer]:
        listed = self._api.payment_intents.list({"limit": PAGE_ROWS})
        return (one.to_dict() for one in listed.auto_paging_iter())

    def _refunds(self) -> Iterator[Answer]:
        listed = self._api.refunds.list({"limit": PAGE_ROWS})
        return (one.to_dict() for one in listed.auto_paging_iter())


def _require_amounts(asked: Iterable[Charge | Refund]) -> None:
    for one in asked:
        if one.amount <= 0:
            raise ValueError(f"{one.key} of {one.amount}: not a positive amount")


def _recent(newest_first: Iterable[Answer]) -> Iterator[Answer]:
    """Those that search may not know yet, counted back from the newest: it is not in the future."""
    since = None
    for one in newest_first:
        if since is None:
            since = one["created"] - SEARCH_LAG_SECONDS
        if one["created"] < since:
            return
        yield one


def _first_outcome(refund: Refund, given: Answer) -> Outcome:
    """The outcome of a refund that came before; ValueError where it came with other terms."""
    if given["amount"] != answers.to_stripe(refund.amount, refund.currency):
        raise ValueError(f"key {refund.key} came before with another purchase or amount")
    return answers.outcome_of(given)


def _refused(error: stripe.StripeError, key: str) -> Outcome:
    """What an error means: nothing is known, unless Stripe refuses this very charge."""
    if isinstance(error, stripe.IdempotencyError):
        message = f"key {key} came before with another purchase or amount"
        raise ValueError(message) from None  # noqa: TRY004 (a mistake in the program)
    _tell(error)
    if error.code in answers.REFUSED_CHARGES:
        return answers.declined(str(error.code))
    return UNKNOWN


def _refused_refund(error: stripe.InvalidRequestError) -> Outcome:
    if error.code == "resource_missing":
        return answers.NO_SUCH_CHARGE
    if error.code == "charge_already_refunded" or error.param == "amount":
        return answers.TOO_MUCH
    _tell(error)
    return UNKNOWN


def _unavailable(error: stripe.StripeError) -> GatewayUnavailableError:
    _tell(error)
    return GatewayUnavailableError("Stripe does not answer")


def _problem(error: stripe.StripeError) -> Answer:
    """The error as Stripe's JSON tells it."""
    body = error.json_body
    problem = body.get("error") if isinstance(body, dict) else None
    return problem if isinstance(problem, dict) else {}


def _tell(error: stripe.StripeError) -> None:
    """Log what went wrong, without Stripe's words: they may quote what was asked."""
    log.warning(
        "stripe_refused",
        error=type(error).__name__,
        code=error.code,
        status=error.http_status,
        stripe_request=error.request_id,
    )
