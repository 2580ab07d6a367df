"""The figures of `tests.benchmarks.side_by_side` as a table for people."""

from collections.abc import Iterable, Mapping
from typing import Any

Figures = Mapping[str, Any]
Row = tuple[str, str, str, str]


def table(figures: Figures) -> str:
    rows: list[Row] = [("", "bare homeserver", "Veilleuse", "aim"), *_rows(figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(4)]
    return "\n".join(
        "  ".join(cell.ljust(width) if column == 0 else cell.rjust(width) for column, (cell, width) in parts).rstrip()
        for parts in (enumerate(zip(row, widths, strict=True)) for row in rows)
    )


def _rows(figures: Figures) -> Iterable[Row]:
    opening, message = figures["opening"], figures["message"]
    yield "start → ready to write, median", _ms(opening["bare"]), _ms(opening["veilleuse"]), "100 ms"
    yield "start → ready to write, p95", _p95(opening["bare"]), _p95(opening["veilleuse"]), ""
    yield "start → ready, nothing made ahead, median", "–", _ms(opening["on_demand"]), ""
    for part in ("opening", "keys", "join"):
        ours = opening["veilleuse"]["parts"][part]
        yield f"  of it {part}", _part(opening["bare"]["parts"], part), _ms(ours), ""
    for way, named in (("guest_to_agent", "guest → agent"), ("agent_to_guest", "agent → guest")):
        yield f"message {named}, median", _ms(message["bare"][way]), _ms(message["veilleuse"][way]), ""
        yield f"message {named}, p95", _p95(message["bare"][way]), _p95(message["veilleuse"][way]), ""
    yield "message, both ways: ratio of medians", "1", str(figures["message_median_ratio"]), "1.15"
    yield "message, both ways: ratio of p95", "1", str(figures["message_p95_ratio"]), "1.3"
    yield "a guest who waits, memory of the portal", "–", f"{figures['idle_guest_kb']} KB", "100 KB"
    cost = figures["portal_processor_ms"]
    yield "processor of the portal, a message sent", "–", f"{cost['send']} ms", ""
    yield "processor of the portal, an answer to /sync", "–", f"{cost['sync']} ms", ""
    for conversations, grown in figures["growth"].items():
        yield f"start → ready with {conversations} conversations there", "–", _ms(grown), ""
    yield from _capacity(figures["capacity"])
    for name in sorted(figures["memory_mb"]["veilleuse"]):
        bare = figures["memory_mb"]["bare"].get(name)
        ours = figures["memory_mb"]["veilleuse"][name]
        yield f"memory at the end: {name}", "–" if bare is None else f"{bare} MB", f"{ours} MB", ""


def _capacity(capacity: Figures) -> Iterable[Row]:
    bare, ours = capacity["bare"], capacity["veilleuse"]
    yield "conversations with p95 below 300 ms", str(bare["conversations"]), str(ours["conversations"]), ""
    for conversations in sorted({*bare["steps"], *ours["steps"]}):
        steps = (side["steps"].get(conversations) for side in (bare, ours))
        told = ["–" if step is None else f"{step['median_ms']} / {step['p95_ms']} ms" for step in steps]
        yield f"  {conversations} conversations: median / p95", told[0], told[1], ""


def _part(parts: Figures, part: str) -> str:
    if part == "opening":
        return f"{round(parts['account']['median_ms'] + parts['room']['median_ms'], 1)} ms"
    return _ms(parts[part])


def _ms(figure: Figures) -> str:
    return f"{figure['median_ms']} ms"


def _p95(figure: Figures) -> str:
    return f"{figure['p95_ms']} ms"
