"""Lighthouse's marks for the page, in each language: `make lighthouse`. Fetches Lighthouse by npm when it is run.

Status 0 if each of them is 100, else 1, with what it found.
"""

import asyncio
import json
import os
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

from guest_portal.translations import LANGUAGE_NAMES
from tests.unit.guest_portal.conftest import started_portal

LIGHTHOUSE = "lighthouse@13"
CATEGORIES = ("accessibility", "best-practices")
WHOLE = 100


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


async def main(node: Path) -> int:
    worst = WHOLE
    with tempfile.TemporaryDirectory() as directory:
        async with started_portal(Path(directory)) as portal:
            for language in LANGUAGE_NAMES:
                report = await marks(node, str(portal.client.make_url("/")), language)
                got = marks_in(report)
                print(f"{language}: " + ", ".join(f"{name} {mark}" for name, mark in got.items()))
                for audit in report["audits"].values():
                    if audit["score"] is not None and audit["score"] < 1 and audit["scoreDisplayMode"] == "binary":
                        print(f"    {audit['id']}: {audit['title']}")
                worst = min(worst, *got.values())
    return int(worst < WHOLE)


def marks_in(report: dict[str, Any]) -> dict[str, int]:
    """Of 100; 0 where Lighthouse could give none. Rounded down, so that 100 is nothing less."""
    return {name: int(100 * (report["categories"][name]["score"] or 0)) for name in CATEGORIES}


if __name__ == "__main__":
    sys.exit(asyncio.run(main(Path(sys.argv[1]))))
