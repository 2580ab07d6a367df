"""`GET /assets/…`: the built files, and nothing else; whole each time, as no browser has stored one to compare with.

They are kept in memory, so that a page and its files are of one build while the portal runs.
"""

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from guest_portal.errors import not_found
from guest_portal.page import STATIC, asset_addresses
from guest_portal.preferences import preferred

_TYPES = {".css": "text/css", ".js": "text/javascript", ".wasm": "application/wasm"}
_SUFFIXES = {"br": ".br", "gzip": ".gz"}


@dataclass(frozen=True, slots=True)
class _Asset:
    content_type: str
    forms: Mapping[str | None, bytes]
    """By encoding, the smallest first; None: as it is."""


class AssetHandlers:
    def __init__(self, static: Path = STATIC) -> None:
        """Raises `ConfigurationError` if the page is not built."""
        names = [Path(address).name for address in asset_addresses(static).values()]
        self._assets = {name: _read(static / name) for name in names}

    async def give(self, request: web.Request) -> web.Response:
        asset = self._assets.get(request.match_info["file"])
        if asset is None:
            raise not_found()
        taken = preferred(request.headers.getall("Accept-Encoding", ()))
        encoding, content = next((e, c) for e, c in asset.forms.items() if e is None or e in taken)
        headers = {"Vary": "Accept-Encoding"} | ({"Content-Encoding": encoding} if encoding else {})
        return web.Response(body=io.BytesIO(content), headers=headers, content_type=asset.content_type)


def _read(file: Path) -> _Asset:
    compressed = {name: file.with_name(file.name + suffix) for name, suffix in _SUFFIXES.items()}
    forms: dict[str | None, bytes] = {name: form.read_bytes() for name, form in compressed.items() if form.exists()}
    return _Asset(_TYPES[file.suffix], forms | {None: file.read_bytes()})
