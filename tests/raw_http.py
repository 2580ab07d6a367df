"""HTTP word for word over a socket, for what no client would say."""

import asyncio
from http.client import parse_headers
from io import BytesIO
from typing import Any


async def told(port: int | None, said: bytes, **tls: Any) -> tuple[int, dict[str, str], bytes]:
    """Status, headers and body of what comes back to these very bytes until the other side hangs up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, **tls)
    writer.write(said)
    async with asyncio.timeout(10):
        answer = await reader.read(-1)
    writer.close()
    head, _, body = answer.partition(b"\r\n\r\n")
    first, _, headers = head.partition(b"\r\n")
    return int(first.split()[1]), dict(parse_headers(BytesIO(headers + b"\r\n\r\n"))), body
