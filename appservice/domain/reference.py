"""The public reference of a signalement: short enough to say aloud, random, and telling nothing."""

from typing import Protocol

from appservice.domain.ids import Reference

# Without 0 O, 1 I L, 2 Z, 5 S, 8 B, U V: what is read aloud or off a bad screen stays one thing. No vowels, no words.
LETTERS = "CDFGHJKMNPQRTWXY34679"
DIGITS = "0123456789"


class Choice(Protocol):
    def choice(self, alphabet: str) -> str:
        """One character of `alphabet`, each as likely as any other."""


def draw_reference(randomness: Choice) -> Reference:
    """A reference such as `K7QM-42`: 21⁴ · 10² ≈ 19 million of them. The caller sees to it that no two live at once."""
    head = "".join(randomness.choice(LETTERS) for _ in range(4))
    tail = "".join(randomness.choice(DIGITS) for _ in range(2))
    return Reference(f"{head}-{tail}")
