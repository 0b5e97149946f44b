"""Which addresses may be posted to: the public ones, and what the settings allow (ADR 0014).

The tables are the special-purpose registries of IANA (RFC 6890 and what followed). They stand here,
since what `ipaddress` calls global has changed between releases of Python.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import msgspec

from tollbridge.domain.merchant import Mode

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

LOOPBACK = "endpoint_loopback"

# The first network that holds an address says what it is.
SPECIAL: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("endpoint_unspecified", "no host in particular", ("0.0.0.0/8", "::/128")),
    (LOOPBACK, "this machine", ("127.0.0.0/8", "::1/128")),
    (
        "endpoint_private",
        "a private network",
        ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10"),
    ),
    ("endpoint_shared", "a provider's own network (RFC 6598)", ("100.64.0.0/10",)),
    (
        "endpoint_link_local",
        "the local link, where clouds keep their secrets",
        ("169.254.0.0/16", "fe80::/10"),
    ),
    ("endpoint_multicast", "many hosts at once", ("224.0.0.0/4", "ff00::/8")),
    (
        "endpoint_embedded",
        "an IPv6 form of an IPv4 address (mapped, translated or tunnelled)",
        (
            "::/96",
            "::ffff:0:0/96",
            "::ffff:0:0:0/96",
            "64:ff9b::/96",
            "64:ff9b:1::/48",
            "2001::/32",
            "2002::/16",
        ),
    ),
    (
        "endpoint_reserved",
        "an address that no public server has",
        (
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "240.0.0.0/4",
            "168.63.129.16/32",  # public in name, but Azure's own host agent
            "2001::/23",
            "2001:db8::/32",
            "3fff::/20",
        ),
    ),
)
GLOBAL_IPV6 = ip_network("2000::/3")

_TABLE: tuple[tuple[Network, str, str], ...] = tuple(
    (ip_network(network), reason, meaning)
    for reason, meaning, networks in SPECIAL
    for network in networks
)

# Where the IPv4 address stands in the forms that a network could be set up to translate.
_EMBEDDING: tuple[tuple[Network, int], ...] = (
    (ip_network("::ffff:0:0/96"), 0),
    (ip_network("64:ff9b::/96"), 0),
    (ip_network("2002::/16"), 80),
)


class Allowed(msgspec.Struct, frozen=True, kw_only=True):
    """What may be posted to beside public addresses: loopback for sandboxes, and networks."""

    sandbox_loopback: bool = False
    networks: tuple[Network, ...] = ()


class Forbidden(msgspec.Struct, frozen=True):
    """Why an address may not be posted to: a stable reason, and what the address is."""

    reason: str
    meaning: str


def judge(text: str, allowed: Allowed, mode: Mode) -> Forbidden | None:
    """Why an address (IPv4 or IPv6, no zone) may not be posted to for a merchant of this mode.

    None where it may. ValueError for what is no address.
    """
    address = ip_address(text)
    special = _special(address)
    if special is None:
        return None
    if special.reason == LOOPBACK and mode is Mode.SANDBOX and allowed.sandbox_loopback:
        return None
    if not any(address in network for network in allowed.networks):
        return special
    inner = _embedded(address)
    return None if inner is None else judge(str(inner), allowed, mode)


def _special(address: Address) -> Forbidden | None:
    for network, reason, meaning in _TABLE:
        if address in network:
            return Forbidden(reason, meaning)
    if isinstance(address, IPv6Address) and address not in GLOBAL_IPV6:
        return Forbidden("endpoint_reserved", "an address that no public server has")
    return None


def _embedded(address: Address) -> IPv4Address | None:
    for network, shift in _EMBEDDING:
        if address in network:
            return IPv4Address(int(address) >> shift & 0xFFFFFFFF)
    return None
