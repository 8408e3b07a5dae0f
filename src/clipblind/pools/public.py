"""Asking strangers' servers: public addresses alone, whatever a URL, a name or a redirect says.

The check is made where a connection is: the address that is checked is the one that is connected
to, so that neither another spelling of it, nor a redirect, nor a name that means another address
the second time gets around it.
"""

import contextlib
import http.client
import ipaddress
import socket
import time
import urllib.request
from collections.abc import Callable, Collection
from typing import Any, Final
from urllib.error import URLError
from urllib.parse import urlsplit

NOT_PUBLIC: Final = "no public address"
TOO_LARGE: Final = "more bytes than an image has"
TOO_SLOW: Final = "timed out as a whole"
MOST_BYTES: Final = 128 << 20  # of one image
CHUNK: Final = 1 << 16
# names that a network's own resolver, and so its proxy, takes for its own
OWN_NAMES: Final = (".internal", ".local", ".localhost", ".lan", ".home", ".corp", ".intranet")

# IPv6 whose last 32 bits are an IPv4 address
NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
# public by some number's rules, but a cloud's own: metadata of Azure and of Oracle
_OWN: Final = tuple(map(ipaddress.ip_network, ("168.63.129.16/32", "192.0.0.0/24")))

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def is_public(address: str) -> bool:
    """Whether an IP address, as text, is one of the public internet's hosts.

    No: loopback, private, link-local, shared (100.64/10), multicast, reserved, of documentation,
    clouds' metadata; nor IPv6 that carries such an IPv4 address; nor anything that is no address.
    """
    try:
        found: Address = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    carried = _carried(found)
    # by NAT64 a network without IPv4 reaches hosts that have nothing else
    asked = carried if found in NAT64 else [found, *carried]
    return all(map(_is_global, asked))


def install(timeout: float, private: Collection[str] = ()) -> None:
    """From now on, this process connects to public addresses alone, and reads the web alone.

    It binds all TCP connections of the process, and `urllib.request.urlopen` besides: http and
    https, redirects to these, no more than `MOST_BYTES` in ten times the time-out.

    Args:
        timeout: seconds that a server may keep silent.
        private: hosts of the user's own network that may be asked all the same.
    """
    hold_connections(private)
    proxies = _proxies()
    _Bounded.longest = 10 * timeout
    http.client.HTTPConnection.response_class = _Bounded
    opener = urllib.request.OpenerDirector()
    for handler in (
        urllib.request.ProxyHandler(proxies),
        urllib.request.UnknownHandler(),
        urllib.request.HTTPHandler(),
        urllib.request.HTTPSHandler(),
        urllib.request.HTTPDefaultErrorHandler(),
        urllib.request.HTTPRedirectHandler(),  # to what no handler opens, no redirect leads
        urllib.request.HTTPErrorProcessor(),
        *([_ByProxy(set(private))] if proxies else []),
    ):
        opener.add_handler(handler)
    urllib.request.install_opener(opener)


def hold_connections(private: Collection[str] = ()) -> None:
    """From now on, this process's TCP connections are to public addresses alone.

    Args:
        private: hosts of the user's own network that may be asked all the same.
    """
    # a proxy is the user's own; whom it connects to is its own to decide
    own = {host for url in _proxies().values() if (host := urlsplit(url).hostname)}
    allowed = _addresses({*private, *own})
    for name in ("connect", "connect_ex"):
        method = getattr(socket.socket, name)
        unchecked = getattr(method, "unchecked", method)  # as it was before any other call
        setattr(socket.socket, name, _checked(unchecked, allowed))


def seems_public(host: str) -> bool:
    """Whether a host's name is none of an own network's, as far as it and the resolver tell."""
    if ("." not in host and ":" not in host) or host.rstrip(".").endswith(OWN_NAMES):
        return False
    try:
        return all(is_public(str(info[4][0])) for info in socket.getaddrinfo(host, None))
    except OSError:  # no resolver here: it is the proxy's to resolve
        return True


def _proxies() -> dict[str, str]:
    known = urllib.request.getproxies()
    return {kind: url for kind, url in known.items() if kind in ("http", "https")}


def _is_global(address: Address) -> bool:
    odd = address.is_multicast or address.is_reserved or address.is_unspecified
    return address.is_global and not odd and not any(address in network for network in _OWN)


def _carried(address: Address) -> list[Address]:
    """The IPv4 addresses inside an IPv6 one."""
    if isinstance(address, ipaddress.IPv4Address):
        return []
    last = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF) if address in NAT64 else None
    found = (address.ipv4_mapped, address.sixtofour, *(address.teredo or ()), last)
    return [one for one in found if one]


def _addresses(hosts: Collection[str]) -> frozenset[str]:
    found = set(hosts)
    for host in hosts:
        with contextlib.suppress(OSError):
            found |= {str(info[4][0]) for info in socket.getaddrinfo(host, None)}
    return frozenset(found)


def _checked(connect: Callable[..., Any], allowed: Collection[str]) -> Callable[..., Any]:
    def checked(self: socket.socket, address: Any) -> Any:
        if self.family in (socket.AF_INET, socket.AF_INET6):
            host = str(address[0])
            if host not in allowed and not is_public(host):
                raise OSError(NOT_PUBLIC)
        return connect(self, address)

    checked.unchecked = connect  # type: ignore[attr-defined]
    return checked


class _ByProxy(urllib.request.BaseHandler):
    """Where a proxy connects, a host is checked before it is asked, as far as its name tells."""

    def __init__(self, private: Collection[str]) -> None:
        self.private = private

    def http_request(self, request: urllib.request.Request) -> urllib.request.Request:
        host = urlsplit(request.full_url).hostname or ""
        if host not in self.private and not seems_public(host):
            raise URLError(NOT_PUBLIC)
        return request

    https_request = http_request


class _Bounded(http.client.HTTPResponse):
    """A reply that is read to its end if that comes soon enough and is no more than an image."""

    longest: float = 100.0

    def read(self, amt: int | None = None) -> bytes:
        if amt is not None:
            return super().read(amt)
        stated, until = self.length, time.monotonic() + self.longest
        if stated is not None and stated > MOST_BYTES:
            raise OSError(TOO_LARGE)
        parts: list[bytes] = []
        came = 0
        while came != stated and (part := self.read1(CHUNK)):
            parts.append(part)
            came += len(part)
            if came > MOST_BYTES:
                raise OSError(TOO_LARGE)
            if time.monotonic() > until:
                raise OSError(TOO_SLOW)
        whole = b"".join(parts)
        if stated is not None and came < stated:
            raise http.client.IncompleteRead(whole, stated - came)
        return whole
