"""Tables and paragraphs in both forms that Matrix carries: plain text, and HTML that says the same."""

from collections.abc import Iterable, Sequence
from html import escape

from appservice.desk.words import Words


def paragraph(text: str) -> Words:
    return Words(text, f"<p>{escape(text)}</p>")


def heading(text: str) -> Words:
    return Words(text, f"<h4>{escape(text)}</h4>")


def code(text: str) -> Words:
    return Words(text, f"<pre><code>{escape(text)}</code></pre>")


def table(headings: Sequence[str], rows: Iterable[Sequence[object]]) -> Words:
    """The plain form has a line a row, its columns parted by `·`."""
    cells = [[str(cell) for cell in row] for row in rows]
    head = "".join(f"<th>{escape(each)}</th>" for each in headings)
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in cells)
    plain = "\n".join(" · ".join(row) for row in [list(headings), *cells])
    return Words(plain, f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>")


def together(*parts: Words) -> Words:
    return Words("\n\n".join(part.plain for part in parts), "".join(part.html for part in parts))
