"""axe-core in the page, and what a page is looked at with: widths, languages, text at 200 %, dark, forced colours.

`make test` looks at each state in twelve variants, of which each language meets each width and each look;
`make accessibility` in all seventy-two.
"""

import itertools
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from playwright.async_api import Page

WHOLE = "VEILLEUSE_WHOLE_ACCESSIBILITY" in os.environ
AXE = Path(__file__).parents[2] / "guest_portal" / "client" / "node_modules" / "axe-core" / "axe.min.js"

LANGUAGES = ("fr", "en", "es", "ar")
WIDTHS = (320, 768, 1280)
COLOURS: tuple[dict[str, Any], ...] = (
    {"color_scheme": "light", "forced_colors": "none"},
    {"color_scheme": "dark", "forced_colors": "none"},
    {"color_scheme": "light", "forced_colors": "active"},
)
LOOKS = (*(colours | {"text": 100} for colours in COLOURS), COLOURS[0] | {"text": 200})
ALL_LOOKS = tuple(colours | {"text": text} for colours in COLOURS for text in (100, 200))

RUN = """
async () => {
  const { violations } = await axe.run(document, {
    runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
  });
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(node => node.target).join(' ')}`);
}
"""

OVERFLOWS = "() => document.documentElement.scrollWidth > document.documentElement.clientWidth"


def variants(languages: tuple[str, ...] = LANGUAGES) -> Iterator[tuple[str, int, dict[str, Any]]]:
    """Each language at each width: in every look, or in one, so that each look meets every language and width."""
    for number, (language, width) in enumerate(itertools.product(languages, WIDTHS)):
        turn = (number + number // len(LOOKS)) % len(LOOKS)
        for look in ALL_LOOKS if WHOLE else (LOOKS[turn],):
            yield language, width, look


async def speak(page: Page, language: str) -> None:
    """Chosen as a person does; waits until the page speaks it."""
    if await page.locator("html").get_attribute("lang") != language:
        await page.get_by_test_id("languages").locator("summary").click()
        await page.get_by_test_id(f"language-{language}").click()
        await page.locator(f"html[lang={language}]").wait_for()


async def violations(page: Page, languages: tuple[str, ...] = LANGUAGES) -> list[str]:
    """What is found in every variant of the page as it is, in these languages."""
    found = []
    for language, width, look in variants(languages):
        await speak(page, language)
        found += [f"{language} {width} {look}: {violation}" for violation in await violations_in(page, width, look)]
    await page.set_viewport_size({"width": 1280, "height": 900})
    return found


async def violations_in(page: Page, width: int, look: dict[str, Any]) -> list[str]:
    """What axe-core finds, and what sticks out of the screen; from the top, where the bar covers nothing."""
    await page.set_viewport_size({"width": width, "height": 900})
    await page.emulate_media(color_scheme=look["color_scheme"], forced_colors=look["forced_colors"])
    await page.evaluate("size => document.documentElement.style.fontSize = size", f"{look['text']}%")
    await page.evaluate("() => scrollTo(0, 0)")
    if not await page.evaluate("() => 'axe' in window"):
        await page.evaluate(AXE.read_text())
    found: list[str] = await page.evaluate(RUN)
    return [*found, "wider than the screen"] if await page.evaluate(OVERFLOWS) else found
