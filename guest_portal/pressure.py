"""How much is asked for of late, by source, by place and in all: the more, the more work each further opening takes.

Nobody is refused for where they come from: behind one address may be a shelter, a school or a hospital. No address is
kept: a source is a keyed hash of one, under a key that lives in memory and changes every hour.
"""

import hashlib
import math
import secrets
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from aiohttp import web

from appservice.config import EntrySettings
from guest_portal.proofs import EASIEST, HARDEST

_MEMORY = timedelta(minutes=1)
_KEY_LASTS_FOR = timedelta(hours=1)
_REMEMBERED = 20_000
_EVERYWHERE = b"all"

Network = IPv4Network | IPv6Network


class Sources:
    """Tells sources apart without knowing them."""

    def __init__(self, trusted_proxies: Sequence[Network], now: Callable[[], datetime]) -> None:
        self._trusted = trusted_proxies
        self._now = now
        self._key = b""
        self._key_until = now()

    def of(self, request: web.Request) -> bytes:
        """The same for the same address within an hour, and for a network of IPv6, which one subscriber has."""
        now = self._now()
        if now >= self._key_until:
            self._key, self._key_until = secrets.token_bytes(32), now + _KEY_LASTS_FOR
        network = self._network(request.remote or "", request.headers.getall("X-Forwarded-For", []))
        return hashlib.blake2b(network.encode(), key=self._key, digest_size=8).digest()

    def _network(self, peer: str, forwarded: Sequence[str]) -> str:
        """Of the nearest address that is no trusted proxy's. Of a header only what such a proxy added is believed."""
        hops = [hop.strip() for line in forwarded for hop in line.split(",")]
        address = peer
        while hops and self._is_trusted(address):
            address = hops.pop()
        return _network_of(address)

    def _is_trusted(self, address: str) -> bool:
        try:
            return any(ip_address(address) in network for network in self._trusted)
        except ValueError:
            return False


def _network_of(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return "unknown"
    if parsed.version == 6 and parsed.ipv4_mapped is not None:
        parsed = parsed.ipv4_mapped
    return str(ip_network((parsed, 32 if parsed.version == 4 else 64), strict=False).network_address)


@dataclass(slots=True)
class _Count:
    """Fades: after a minute without another, little more than a third is left."""

    value: float
    at: datetime

    def by(self, now: datetime) -> float:
        return self.value * math.exp(-max(0.0, (now - self.at) / _MEMORY))


class Pressure:
    def __init__(self, settings: EntrySettings, now: Callable[[], datetime]) -> None:
        self._settings = settings
        self._now = now
        self._counts: OrderedDict[bytes, _Count] = OrderedDict()

    def level(self, source: bytes, place: str | None) -> int:
        """The work that an opening takes now. `place`: a department; None where it is not known yet."""
        settings = self._settings
        asked = [(source, settings.from_one_source), (_EVERYWHERE, settings.in_all)]
        if place is not None:
            asked.append((place.encode(), settings.for_one_department))
        return max(self._level(key, at_ease) for key, at_ease in asked)

    def note(self, source: bytes, place: str) -> None:
        """One more has been let in."""
        now = self._now()
        for key in (source, place.encode(), _EVERYWHERE):
            count = self._counts.pop(key, None)
            self._counts[key] = _Count((0.0 if count is None else count.by(now)) + 1, now)
        while len(self._counts) > _REMEMBERED:
            self._counts.popitem(last=False)

    def _level(self, key: bytes, at_ease: int) -> int:
        count = self._counts.get(key)
        asked = 0.0 if count is None else count.by(self._now())
        if asked < at_ease:
            return EASIEST
        return min(HARDEST, 1 + int(math.log2(asked / at_ease)))
