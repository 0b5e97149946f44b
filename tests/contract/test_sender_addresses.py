"""Where nothing may be posted to: each address and each spelling has its reason (issue 4, SSRF).

Everything is asked twice, as it happens: when an endpoint is saved, and when something is sent.
"""

from collections.abc import Iterator, Sequence
from ipaddress import ip_network
from threading import Event
from time import perf_counter

import pytest

from tests.contract.receiving import OK, Receiver, answering, receiving
from tollbridge.domain.merchant import Mode
from tollbridge.domain.refusal import Refusal
from tollbridge.outbound.addresses import Allowed
from tollbridge.outbound.http_sender import HttpSender
from tollbridge.outbound.resolving import SystemResolver
from tollbridge.outbound.targets import Limits
from tollbridge.ports import Post

PUBLIC = "93.184.215.14"
NOTHING = Allowed()
LOCAL = Allowed(sandbox_loopback=True)


class Names:
    """A resolver that knows what it was told; of several answers, one after the other."""

    def __init__(self, **answers: Sequence[Sequence[str]]) -> None:
        self._answers = {name: list(given) for name, given in answers.items()}
        self.asked = 0

    def addresses(self, host: str, seconds: float) -> Sequence[str]:
        """The next answer; the last one stays."""
        assert seconds > 0
        self.asked += 1
        answers = self._answers.get(host.partition(".")[0])
        if answers is None:
            raise OSError(f"no host {host}")
        return answers.pop(0) if len(answers) > 1 else answers[0]

    def close(self) -> None:
        """Nothing is held."""


def sender_of(names: Names, allowed: Allowed = NOTHING) -> HttpSender:
    """A sender that knows these names."""
    limits = Limits(total_seconds=5.0)
    return HttpSender(allowed=allowed, resolver=names, timer=perf_counter, limits=limits)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Somebody on this machine who takes everything."""
    with receiving(answering(OK)) as one:
        yield one


def refused(sender: HttpSender, url: str, mode: Mode) -> str:
    """The reason for which a URL is refused: the same at saving and at sending."""
    with pytest.raises(Refusal) as refusal:
        sender.require_allowed(url, mode)
    receipt = sender.post(Post(url=url, body=b"{}", headers={}), mode)
    assert receipt.status is None
    assert receipt.error == f"{refusal.value.reason}: {refusal.value.message}"
    assert refusal.value.field == "url"
    return refusal.value.reason


ADDRESSES = [
    ("0.0.0.0", "endpoint_unspecified"),  # noqa: S104 - an address that is refused
    ("0.1.2.3", "endpoint_unspecified"),
    ("::", "endpoint_unspecified"),
    ("127.0.0.1", "endpoint_loopback"),
    ("127.255.255.254", "endpoint_loopback"),
    ("::1", "endpoint_loopback"),
    ("10.0.0.1", "endpoint_private"),
    ("172.16.0.1", "endpoint_private"),
    ("172.31.255.255", "endpoint_private"),
    ("192.168.178.1", "endpoint_private"),
    ("fc00::1", "endpoint_private"),
    ("fd00:ec2::254", "endpoint_private"),
    ("fec0::1", "endpoint_private"),
    ("100.64.0.1", "endpoint_shared"),
    ("100.100.100.200", "endpoint_shared"),
    ("169.254.169.254", "endpoint_link_local"),
    ("fe80::1", "endpoint_link_local"),
    ("224.0.0.1", "endpoint_multicast"),
    ("239.255.255.250", "endpoint_multicast"),
    ("ff02::1", "endpoint_multicast"),
    ("::127.0.0.1", "endpoint_embedded"),
    ("::ffff:127.0.0.1", "endpoint_embedded"),
    ("::ffff:7f00:1", "endpoint_embedded"),
    ("::ffff:93.184.215.14", "endpoint_embedded"),
    ("::ffff:0:10.0.0.1", "endpoint_embedded"),
    ("64:ff9b::10.0.0.1", "endpoint_embedded"),
    ("64:ff9b::a00:1", "endpoint_embedded"),
    ("64:ff9b:1::10.0.0.1", "endpoint_embedded"),
    ("2002:7f00:1::", "endpoint_embedded"),
    ("2002:a9fe:a9fe::1", "endpoint_embedded"),
    ("2001:0:4136:e378:8000:63bf:3fff:fdd2", "endpoint_embedded"),
    ("192.0.0.192", "endpoint_reserved"),
    ("192.0.2.1", "endpoint_reserved"),
    ("192.88.99.1", "endpoint_reserved"),
    ("198.18.0.1", "endpoint_reserved"),
    ("198.19.255.255", "endpoint_reserved"),
    ("198.51.100.7", "endpoint_reserved"),
    ("203.0.113.7", "endpoint_reserved"),
    ("240.0.0.1", "endpoint_reserved"),
    ("255.255.255.255", "endpoint_reserved"),
    ("168.63.129.16", "endpoint_reserved"),
    ("2001:db8::1", "endpoint_reserved"),
    ("2001:10::1", "endpoint_reserved"),
    ("3fff::1", "endpoint_reserved"),
    ("100::1", "endpoint_reserved"),
    ("5f00::1", "endpoint_reserved"),
    ("4000::1", "endpoint_reserved"),
]


@pytest.mark.parametrize(("address", "reason"), ADDRESSES)
@pytest.mark.parametrize("mode", Mode)
def test_an_address_that_is_not_public(address: str, reason: str, mode: Mode) -> None:
    """In the URL, as what a name stands for, and as one of several things it stands for."""
    names = Names(one=[[address]], several=[[PUBLIC, address]])
    sender = sender_of(names)
    literal = f"[{address}]" if ":" in address else address
    assert refused(sender, f"https://{literal}/hook", mode) == reason
    assert names.asked == 0
    assert refused(sender, "https://one.example/hook", mode) == reason
    assert refused(sender, "https://several.example/hook", mode) == reason


def test_a_zone_opens_nothing() -> None:
    """A resolver may give the zone of a link-local address with it."""
    sender = sender_of(Names(one=[["fe80::1%2"]]))
    assert refused(sender, "https://one.example/", Mode.LIVE) == "endpoint_link_local"


@pytest.mark.parametrize(
    "address", [PUBLIC, "8.8.8.8", "172.32.0.1", "100.128.0.1", "2606:2800:21f::1", "2a00::1"]
)
def test_a_public_address_is_allowed(address: str) -> None:
    """By name and literally."""
    literal = f"[{address}]" if ":" in address else address
    sender = sender_of(Names(one=[[address]]))
    for url in ("https://one.example/hook", f"https://{literal}:8443/hook?a=b"):
        sender.require_allowed(url, Mode.LIVE)


SPELLINGS = [
    ("https://2130706433/", "endpoint_host_number"),
    ("https://0x7f000001/", "endpoint_host_number"),
    ("https://0x7F.0.0.1/", "endpoint_host_number"),
    ("https://017700000001/", "endpoint_host_number"),
    ("https://0177.0.0.1/", "endpoint_host_number"),
    ("https://127.1/", "endpoint_host_number"),
    ("https://127.0.1/", "endpoint_host_number"),
    ("https://127.0.0.1./", "endpoint_host_number"),
    ("https://127.0.0.0x1/", "endpoint_host_number"),
    ("https://one.example.1/", "endpoint_host_number"),
    ("https://256.0.0.1/", "endpoint_host_number"),
    ("https://1.2.3.4.5/", "endpoint_host_number"),
    ("https://user@one.example/", "endpoint_userinfo"),
    ("https://user:secret@one.example/", "endpoint_userinfo"),
    ("https://one.example@127.0.0.1/", "endpoint_userinfo"),
    ("https://@one.example/", "endpoint_userinfo"),
    ("https://one.example:22/", "endpoint_port"),
    ("https://one.example:0/", "endpoint_port"),
    ("https://one.example:65536/", "endpoint_port"),
    ("https://one.example:99999/", "endpoint_port"),
    ("https://one.example:123456/", "endpoint_url_invalid"),
    ("http://one.example/", "endpoint_not_https"),
    ("ftp://one.example/", "endpoint_url_invalid"),
    ("file:///etc/passwd", "endpoint_url_invalid"),
    ("gopher://one.example/", "endpoint_url_invalid"),
    ("//one.example/", "endpoint_url_invalid"),
    ("https:/one.example/", "endpoint_url_invalid"),
    ("https:///hook", "endpoint_url_invalid"),
    ("one.example/hook", "endpoint_url_invalid"),
    ("", "endpoint_url_invalid"),
    ("https://one.example/#part", "endpoint_url_invalid"),
    ("https://one.example\\@127.0.0.1/", "endpoint_url_invalid"),
    ("https://one.example/\r\nX-Header: 1", "endpoint_url_invalid"),
    ("https://one.example/ ", "endpoint_url_invalid"),
    ("https://one .example/", "endpoint_url_invalid"),
    ("https://one.example/\x00", "endpoint_url_invalid"),
    ("https://①②⑦.0.0.1/", "endpoint_url_invalid"),
    ("https://bücher.example/", "endpoint_url_invalid"),
    ("https://one%2eexample/", "endpoint_url_invalid"),
    ("https://one..example/", "endpoint_url_invalid"),
    ("https://one.example./", "endpoint_url_invalid"),
    ("https://-one.example/", "endpoint_url_invalid"),
    ("https://./", "endpoint_url_invalid"),
    ("https://[::1/", "endpoint_url_invalid"),
    ("https://[::1%25eth0]/", "endpoint_url_invalid"),
    ("https://[1:2:3]/", "endpoint_url_invalid"),
    ("https://[::1].one.example/", "endpoint_url_invalid"),
    (f"https://{'a' * 64}.example/", "endpoint_url_invalid"),
    (f"https://{'a.' * 127}example/", "endpoint_url_invalid"),
    (f"https://one.example/{'a' * 2000}", "endpoint_url_invalid"),
    ("https://nobody.example/", "endpoint_host_unknown"),
    ("https://none.example/", "endpoint_host_unknown"),
]


@pytest.mark.parametrize(("url", "reason"), SPELLINGS)
def test_a_url_that_is_refused_for_its_spelling(url: str, reason: str) -> None:
    """What another parser could read as another host is not read at all."""
    sender = sender_of(Names(one=[[PUBLIC]], none=[[]]))
    assert refused(sender, url, Mode.LIVE) == reason


def test_a_sandbox_may_use_this_machine_and_nothing_else(receiver: Receiver) -> None:
    """What the default allows: loopback by name and by address, http too, for sandboxes alone."""
    names = Names(
        localhost=[["::1", "127.0.0.1"]], inner=[["10.0.0.1"]], mixed=[["127.0.0.1", "10.1.1.1"]]
    )
    sender = sender_of(names, LOCAL)
    for host in ("127.0.0.1", "localhost"):
        url = f"http://{host}:{receiver.port}/hook"
        sender.require_allowed(url, Mode.SANDBOX)
        receipt = sender.post(Post(url=url, body=b"{}", headers={}), Mode.SANDBOX)
        assert (receipt.status, receipt.error) == (200, "")
        live = url.replace("http:", "https:")
        assert refused(sender, live, Mode.LIVE) == "endpoint_loopback"
    assert refused(sender, "http://inner.example/", Mode.SANDBOX) == "endpoint_private"
    assert refused(sender, "http://mixed.example/", Mode.SANDBOX) == "endpoint_private"
    assert refused(sender, "http://[::ffff:127.0.0.1]/", Mode.SANDBOX) == "endpoint_embedded"
    assert len(receiver.requests) == 2
    sender.close()


def test_never_is_never(receiver: Receiver) -> None:
    """Without the default even a sandbox does not reach this machine."""
    sender = sender_of(Names())
    url = f"http://127.0.0.1:{receiver.port}/"
    assert refused(sender, url, Mode.SANDBOX) == "endpoint_loopback"
    assert receiver.connections == 0


def test_networks_are_allowed_to_all(receiver: Receiver) -> None:
    """As the settings list them; the rules for the URL stay."""
    networks = tuple(map(ip_network, ("127.0.0.0/8", "10.1.0.0/16", "fd00::/8")))
    sender = sender_of(Names(), Allowed(networks=networks))
    for host in ("10.1.2.3", "[fd00::1]", "127.0.0.1"):
        sender.require_allowed(f"https://{host}/", Mode.LIVE)
    assert refused(sender, "https://10.2.0.1/", Mode.LIVE) == "endpoint_private"
    assert refused(sender, "http://10.1.2.3/", Mode.LIVE) == "endpoint_not_https"
    url = f"http://127.0.0.1:{receiver.port}/"
    assert sender.post(Post(url=url, body=b"", headers={}), Mode.SANDBOX).taken
    sender.close()


def test_an_embedded_address_is_judged_too() -> None:
    """Where NAT64 is allowed, what it translates to still has to be allowed itself."""
    sender = sender_of(Names(), Allowed(networks=(ip_network("64:ff9b::/96"),)))
    sender.require_allowed(f"https://[64:ff9b::{PUBLIC}]/", Mode.LIVE)
    assert refused(sender, "https://[64:ff9b::10.0.0.1]/", Mode.LIVE) == "endpoint_private"
    assert refused(sender, "https://[64:ff9b::169.254.169.254]/", Mode.LIVE) == (
        "endpoint_link_local"
    )
    mapped = sender_of(Names(), Allowed(networks=(ip_network("::/0"),)))
    assert refused(mapped, "https://[::ffff:10.0.0.1]/", Mode.LIVE) == "endpoint_private"
    assert refused(mapped, "https://[2002:7f00:1::]/", Mode.LIVE) == "endpoint_loopback"


def test_rebinding_between_saving_and_sending(receiver: Receiver) -> None:
    """A name that is public when it is saved and this machine when something is sent."""
    sender = sender_of(Names(evil=[[PUBLIC], ["127.0.0.1"]]))
    url = f"https://evil.example:{receiver.port}/"
    sender.require_allowed(url, Mode.LIVE)
    receipt = sender.post(Post(url=url, body=b"{}", headers={}), Mode.LIVE)
    assert receipt.error.startswith("endpoint_loopback: evil.example is this machine")
    assert receiver.connections == 0


def test_rebinding_between_check_and_connection(receiver: Receiver) -> None:
    """A name is looked up once for a connection, which goes to the address that was checked.

    The second answer, which would be forbidden, is never asked for: neither while connecting nor
    by the posts that use the same connection.
    """
    names = Names(evil=[["127.0.0.1"], ["10.0.0.1"]])
    sender = sender_of(names, LOCAL)
    post = Post(url=f"http://evil.example:{receiver.port}/a", body=b"{}", headers={})
    for _ in range(3):
        assert sender.post(post, Mode.SANDBOX).taken
    assert (names.asked, receiver.connections) == (1, 1)
    assert {request.headers["host"] for request in receiver.requests} == {
        f"evil.example:{receiver.port}"
    }
    sender.close()
    assert sender.post(post, Mode.SANDBOX).error.startswith("endpoint_private: ")
    assert names.asked == 2


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirects_are_not_followed(status: int) -> None:
    """Wherever they lead; the log says so."""
    with receiving(answering(OK)) as inner:
        reply = (
            f"HTTP/1.1 {status} Moved\r\nLocation: http://127.0.0.1:{inner.port}/secret\r\n"
            "Content-Length: 0\r\n\r\n"
        ).encode()
        with receiving(answering(reply)) as outer:
            sender = sender_of(Names(), LOCAL)
            post = Post(url=f"http://127.0.0.1:{outer.port}/", body=b"{}", headers={})
            receipt = sender.post(post, Mode.SANDBOX)
            sender.close()
        assert (receipt.status, receipt.taken, inner.connections) == (status, False, 0)
        assert receipt.error == f"redirect: it answers {status}, and redirects are not followed"


def test_the_system_knows_this_machine() -> None:
    """The resolver that is used outside of tests: the hosts file, each address once."""
    resolver = SystemResolver()
    found = resolver.addresses("localhost", 5.0)
    assert found
    assert len(found) == len(set(found))
    assert set(found) <= {"127.0.0.1", "::1"}
    with pytest.raises(OSError, match="Name or service not known"):
        resolver.addresses("a" * 300, 5.0)
    resolver.close()


def test_a_name_that_nobody_answers_for() -> None:
    """Who asks is not kept waiting, and a post is refused as for a host that does not exist."""
    answered = Event()

    def look_up(_: str) -> Sequence[str]:
        answered.wait()
        return (PUBLIC,)

    resolver = SystemResolver(look_up)
    with pytest.raises(TimeoutError):
        resolver.addresses("slow.example", 0.01)
    limits = Limits(total_seconds=0.01)
    sender = HttpSender(allowed=NOTHING, resolver=resolver, timer=perf_counter, limits=limits)
    receipt = sender.post(Post(url="https://slow.example/", body=b"", headers={}), Mode.LIVE)
    assert receipt.error == "endpoint_host_unknown: There is no host slow.example"
    answered.set()
    sender.close()
