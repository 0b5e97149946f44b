"""The Stripe adapter before localstripe and the fault proxy, and the page that takes cards."""

from tests.contract.fault_proxy import API_KEY, FaultProxy
from tollbridge.gateways.stripe import Stripe

RETURN_URL = "https://shop.example.com/paid"
TIMEOUT_SECONDS = 10.0


class StripeDouble(Stripe):
    """The adapter as it is, which knows the proxy that it talks to."""

    def __init__(self, proxy: FaultProxy, timeout_seconds: float = TIMEOUT_SECONDS) -> None:
        super().__init__(
            API_KEY, return_url=RETURN_URL, api_base=proxy.url, timeout_seconds=timeout_seconds
        )
        self.proxy = proxy
