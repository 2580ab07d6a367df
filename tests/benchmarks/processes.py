"""What a process has used of the machine, as Linux tells it: see proc(5)."""

import os
from pathlib import Path

_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def processor_ms(pid: int) -> float:
    """Milliseconds of processor since its start, its threads' included, its children's not."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / _TICKS_A_SECOND


def memory_kb(pid: int) -> int:
    """Kilobytes that are in memory now and its own: what would be free if it ended."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        name, _, value = line.partition(":")
        if name == "Pss":
            return int(value.split()[0])
    raise ValueError(f"Linux tells nothing of the memory of {pid}")
