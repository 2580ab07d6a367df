"""Addresses in the settings: what they must look like, in words for who writes them."""

import re
from ipaddress import ip_address
from urllib.parse import SplitResult, urlsplit


def base_address(value: str) -> str:
    """To which paths are added: without a slash at the end. Raises `ValueError`."""
    if not re.fullmatch(r"https?://[^/\s]+(/\S*)?", value):
        raise ValueError("an address begins with http:// or https://")
    return value.rstrip("/")


def neutral_address(value: str) -> str:
    """A site to leave for, as it is written. Raises `ValueError`.

    By `https`, since otherwise a network's owner reads where somebody went; but for this machine. Without a user:
    browsers ask, or warn. Without a backslash: to browsers it is a slash.
    """
    parts = _parts(value)
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and is_this_machine(parts))):
        raise ValueError("the address of a neutral site begins with https:// and a name")
    if "@" in parts.netloc:
        raise ValueError("the address of a neutral site names no user and no password")
    return value


def leads_to(value: str, host: str, port: int) -> bool:
    """Whether the address is that of what listens there."""
    parts = _parts(value)
    there = parts.port or {"https": 443, "http": 80}[parts.scheme]
    return there == port and (parts.hostname == host.lower() or is_this_machine(parts))


def is_this_machine(parts: SplitResult) -> bool:
    name = parts.hostname or ""
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def _parts(value: str) -> SplitResult:
    try:
        if re.search(r"[\s\\\x00-\x1f\x7f]", value):
            raise ValueError
        parts = urlsplit(value)
        _ = parts.port  # raises ValueError if it is none
        return parts
    except ValueError:
        raise ValueError("this is no address") from None
