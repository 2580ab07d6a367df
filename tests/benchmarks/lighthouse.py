"""Lighthouse's marks for the page, in each language: `make lighthouse`. Fetches Lighthouse by npm when it is run."""

import asyncio
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from tests.unit.guest_portal.conftest import started_portal

LIGHTHOUSE = "lighthouse@13"
CATEGORIES = ("accessibility", "best-practices")


async def marks(node: Path, address: str, language: str) -> dict[str, Any]:
    path = f"{node / 'bin'}:{os.environ['PATH']}"
    process = await asyncio.create_subprocess_exec(
        node / "bin" / "node", node / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js",
        *("exec", "--yes", f"--package={LIGHTHOUSE}", "--", "lighthouse", address, "--quiet", "--output=json"),
        f"--only-categories={','.join(CATEGORIES)}",
        f"--extra-headers={json.dumps({'Accept-Language': language})}",
        "--chrome-flags=--headless=new --no-sandbox",
        stdout=asyncio.subprocess.PIPE,
        env=os.environ | {"CHROME_PATH": shutil.which("chromium") or "", "PATH": path},
    )  # fmt: skip
    said, _ = await process.communicate()
    report: dict[str, Any] = json.loads(said)
    return report


async def main(node: Path) -> None:
    with tempfile.TemporaryDirectory() as directory:
        async with started_portal(Path(directory)) as portal:
            for language in ("fr", "en", "es", "ar"):
                report = await marks(node, str(portal.client.make_url("/")), language)
                got = {name: round(100 * report["categories"][name]["score"]) for name in CATEGORIES}
                print(f"{language}: " + ", ".join(f"{name} {mark}" for name, mark in got.items()))
                for audit in report["audits"].values():
                    if audit["score"] is not None and audit["score"] < 1 and audit["scoreDisplayMode"] == "binary":
                        print(f"    {audit['id']}: {audit['title']}")


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1])))
