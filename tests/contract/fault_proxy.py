"""A proxy before localstripe that adds what the double lacks, and the faults of a real network.

What it adds is written from Stripe's reference and has not been compared with Stripe itself:
idempotency keys, search, the newest first in lists, refunds of no more than is left, and banks
that want the customer (localstripe asks even where the customer is known to be away).
"""

import json
import re
from collections import deque
from collections.abc import Mapping
from enum import Enum
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import msgspec

from tollbridge.domain.payment import CardToken

API_KEY = "sk_test_tollbridge"
FORM = "application/x-www-form-urlencoded"
INTENTS, REFUNDS = "/v1/payment_intents", "/v1/refunds"
EVERYTHING = "1000000"

Answer = tuple[int, dict[str, Any]]


class Fault(Enum):
    """What happens to the next request that moves money."""

    REQUEST_LOST = "the request does not arrive"
    ANSWER_LOST = "carried out, the answer does not arrive"
    ANSWER_LATE = "carried out, the answer comes later than anybody waits"
    BROKEN = "500, nothing is carried out"
    BUSY = "429, nothing is carried out"
    LOCKED_OUT = "401, nothing is carried out"


NOT_EXECUTED = {
    Fault.REQUEST_LOST: 500,
    Fault.BROKEN: 500,
    Fault.BUSY: 429,
    Fault.LOCKED_OUT: 401,
}
EXECUTED = frozenset({200, 400, 402, 404})  # answers that an idempotency key gives again


class Kept(msgspec.Struct, frozen=True):
    """What was asked under an idempotency key, and the answer."""

    asked: tuple[str, str]
    answer: Answer


class FaultProxy:
    """Serves on a free port of this machine until it is closed; all tests' state is its own."""

    def __init__(self, upstream_port: int) -> None:
        self.faults: deque[Fault | str] = deque()  # a text: the bank declines with this code
        self.search_lags = False
        self.carried_out: list[str] = []  # paths of the POST requests that reached localstripe
        self.received: list[str] = []  # idempotency keys of POST requests, also of the lost ones
        self._first: dict[str, dict[str, Any]] = {}  # intents as they began: all that search knows
        self._upstream_port = upstream_port
        self._released = Event()
        self._lock = Lock()
        self._kept: dict[str, Kept] = {}
        self._in_flight: set[str] = set()
        self._asked_customers: set[str] = set()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _served_by(self))
        self._server.daemon_threads = False
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self._call("DELETE", "/_config/data", "")

    def close(self) -> None:
        """Let late answers go and stop."""
        self._released.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def enter(self, number: str) -> CardToken:
        """Type a card into the page that Stripe would show."""
        card = {"number": number, "exp_month": "12", "exp_year": "2030", "cvc": "123"}
        form = {"type": "card"} | {f"card[{name}]": text for name, text in card.items()}
        status, method = self._call("POST", "/v1/payment_methods", urlencode(form))
        assert status == 200, method
        return CardToken(token=method["id"])

    def forget_keys(self) -> None:
        """Stripe forgets idempotency keys after a day."""
        self._kept.clear()

    def renew(self, method_id: str, year: int) -> None:
        """The bank has given out a newer card."""
        card = {"last4": "4242", "brand": "visa", "exp_month": 12, "exp_year": year}
        body = json.dumps({"card": card})
        status, told = self._call("POST", f"/v1/payment_methods/{method_id}", body)
        assert status == 200, told

    def authenticate(self, url: str, *, approve: bool) -> None:
        """The customer goes to the page of the bank."""
        intent_id = url.rpartition("/")[2]
        _, intent = self._call("GET", f"{INTENTS}/{intent_id}", "")
        form = {"client_secret": intent["client_secret"], "success": str(approve).lower()}
        self._call("POST", f"{INTENTS}/{intent_id}/_authenticate", urlencode(form))

    # What Stripe does with a request

    def answer_to_post(self, path: str, body: str, key: str) -> tuple[Answer, Fault | None]:
        """The answer under an idempotency key, and what is to befall it on the way."""
        self.received.append(key)
        kept = self._reserved(key, (path, body))
        if kept is not None:
            return kept, None
        fault = self.faults.popleft() if self.faults and path in {INTENTS, REFUNDS} else None
        try:
            answer = self._faulty(path, body, fault)
            if key and answer[0] in EXECUTED:
                self._kept[key] = Kept((path, body), answer)
        finally:
            self._in_flight.discard(key)
        return answer, fault if isinstance(fault, Fault) else None

    def _reserved(self, key: str, asked: tuple[str, str]) -> Answer | None:
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and kept.asked != asked:
                return 400, {"error": {"type": "idempotency_error", "message": "other parameters"}}
            if kept is not None:
                return kept.answer
            if key and key in self._in_flight:
                return 409, {"error": {"type": "idempotency_error", "message": "in use"}}
            self._in_flight.add(key)
            return None

    def _faulty(self, path: str, body: str, fault: Fault | str | None) -> Answer:
        if isinstance(fault, Fault) and fault in NOT_EXECUTED:
            return NOT_EXECUTED[fault], {"error": {"type": "api_error", "message": "fault"}}
        if isinstance(fault, str):
            code = {"type": "card_error", "code": "card_declined", "decline_code": fault}
            return 402, {"error": code | {"message": "Declined."}}
        with self._lock:
            self.carried_out.append(path)
            return self._carried_out(path, dict(parse_qsl(body)))

    def _carried_out(self, path: str, form: dict[str, str]) -> Answer:
        if path == REFUNDS and (refusal := self._too_much(form)):
            return refusal
        if path.endswith("/confirm"):
            return self._confirmed(path.removesuffix("/confirm"))
        form = {name: text for name, text in form.items() if not name.startswith("allowed_")}
        status, told = self._call("POST", path, urlencode(form))
        if path == INTENTS and status == 200:
            told = self._first[told["id"]] = self._dressed(told)
            if told["last_payment_error"]:
                problem = told["last_payment_error"] | {"type": "card_error"}
                return 402, {"error": problem | {"message": "", "payment_intent": told}}
        return status, _with_code(status, told)

    def _confirmed(self, path: str) -> Answer:
        """The customer is there: they are asked, and money moves only then."""
        status, intent = self.answer_to_get(path, {})
        if status == 200 and intent["status"] != "requires_payment_method":
            problem = {"type": "invalid_request_error", "code": "payment_intent_unexpected_state"}
            return 400, {"error": problem | {"message": ""}}
        self._asked_customers.add(path.rpartition("/")[2])
        return self.answer_to_get(path, {})

    def _too_much(self, form: Mapping[str, str]) -> Answer | None:
        status, intent = self._call("GET", f"{INTENTS}/{form['payment_intent']}", "")
        if status != 200 or not intent["latest_charge"]:
            return None
        charge = intent["latest_charge"]
        left = charge["amount"] - charge["amount_refunded"]
        if int(form["amount"]) <= left:
            return None
        problem = {"type": "invalid_request_error", "message": "greater than unrefunded"}
        more = {"param": "amount"} if left else {"code": "charge_already_refunded"}
        return 400, {"error": problem | more}

    def answer_to_get(self, path: str, query: dict[str, str]) -> Answer:
        """One object, a page of a list, or what search knows."""
        if path == f"{INTENTS}/search":
            found = re.findall(r'metadata\["tollbridge_key"\]:"([^"]*)"', query["query"])
            known = [] if self.search_lags else self._all(INTENTS, {})
            fitting = [one for one in known if one["metadata"].get("tollbridge_key") in found]
            data = [self._first.get(one["id"], one) for one in fitting]
            return 200, {"object": "search_result", "data": data, "has_more": False}
        if path in {INTENTS, REFUNDS}:
            return 200, self._page(path, query)
        status, told = self._call("GET", f"{path}?{urlencode(query)}", "")
        return status, _with_code(status, self._dressed(told))

    def _page(self, path: str, query: dict[str, str]) -> dict[str, Any]:
        limit, after = int(query.pop("limit", "10")), query.pop("starting_after", "")
        rows = self._all(path, query)
        ids = [one["id"] for one in rows]
        start = ids.index(after) + 1 if after else 0
        data, more = rows[start : start + limit], len(rows) > start + limit
        return {"object": "list", "url": path, "data": data, "has_more": more}

    def _all(self, path: str, query: dict[str, str]) -> list[dict[str, Any]]:
        """The newest first; localstripe has the oldest first, or mixed within one second."""
        parameters = urlencode(query | {"limit": EVERYTHING})
        status, listed = self._call("GET", f"{path}?{parameters}", "")
        assert status == 200, listed
        rows = sorted(listed["data"], key=lambda one: int(one["created"]))
        return [self._dressed(one) for one in reversed(rows)]

    def _dressed(self, told: dict[str, Any]) -> dict[str, Any]:
        """An intent that waits for the customer as Stripe shows it."""
        if told.get("object") != "payment_intent" or told["status"] != "requires_action":
            return told
        if told["id"] in self._asked_customers:
            action = {"type": "redirect_to_url"}
            page = {"redirect_to_url": {"url": f"{self.url}/authenticate/{told['id']}"}}
            return told | {"next_action": action | page}
        wanted = "authentication_required"
        method = {"id": told["payment_method"]}
        error = {"code": wanted, "decline_code": wanted, "payment_method": method}
        return told | {
            "status": "requires_payment_method",
            "next_action": None,
            "last_payment_error": error,
        }

    def _call(self, method: str, path: str, body: str) -> Answer:
        connection = HTTPConnection("127.0.0.1", self._upstream_port, timeout=30)
        headers = {"Authorization": f"Bearer {API_KEY}", "Content-Type": FORM}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        connection.close()
        return answer.status, json.loads(content) if content else {}

    def wait_too_long(self) -> None:
        """Until the test is over."""
        self._released.wait(timeout=60)


def _with_code(status: int, told: dict[str, Any]) -> dict[str, Any]:
    """The code that Stripe gives for what is not there, and the type for what a bank declines."""
    if status == 404:
        told["error"]["code"] = "resource_missing"
    if status == 402:
        told["error"]["type"] = "card_error"
    return told


def _served_by(proxy: FaultProxy) -> type[BaseHTTPRequestHandler]:
    class Request(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        timeout = 5

        def do_GET(self) -> None:
            url = urlsplit(self.path)
            self._send(proxy.answer_to_get(url.path, dict(parse_qsl(url.query))))

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0"))).decode()
            key = self.headers.get("Idempotency-Key", "")
            answer, fault = proxy.answer_to_post(self.path, body, key)
            if fault is Fault.ANSWER_LATE:
                proxy.wait_too_long()
            if fault in {Fault.REQUEST_LOST, Fault.ANSWER_LOST, Fault.ANSWER_LATE}:
                self.close_connection = True
                return
            self._send(answer)

        def _send(self, answer: Answer) -> None:
            content = json.dumps(answer[1]).encode()
            self.send_response(answer[0])
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Connection", "close")  # so that no thread waits for another request
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    return Request
