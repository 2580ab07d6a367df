"""Which reactions take a signalement: whatever an agent's thumb finds first, in every skin, as phones offer them.

But not what says no, or how one feels: who puts a sad face or a heart beside an announcement has not taken anybody,
and must not be thought to have.
"""

TAKING = ("👍", "✅", "✋", "🙋")
"""Those that are named to agents."""

_NO = frozenset("👎❌❎✖✗✘🚫⛔🛑🙅🙈🙉🙊🤷❓❔⁉")
_THANKS = frozenset("🙏")
_HEARTS = frozenset("❤❣💔🖤🤍🤎🧡🩵🩶🩷") | frozenset(map(chr, range(0x1F493, 0x1F4A0)))
_FACE_BLOCKS = (
    (0x2639, 0x263A),
    (0x1F600, 0x1F644),
    (0x1F910, 0x1F917),
    (0x1F920, 0x1F92F),
    (0x1F970, 0x1F97A),
    (0x1F9D0, 0x1F9D0),
    (0x1FAE0, 0x1FAEF),
)
"""Unicode's faces, first and last of each row."""
_FACES = frozenset(chr(code) for first, last in _FACE_BLOCKS for code in range(first, last + 1))
_TAKING_NOBODY = _NO | _THANKS | _HEARTS | _FACES
_WORDS_TAKING_NOBODY = frozenset({"no", "non", "nope", "-1", "?"})

_SKIN_TONES = frozenset(chr(tone) for tone in range(0x1F3FB, 0x1F400))
_VARIATION, _JOINER = "\ufe0f", "\u200d"


def takes(key: str) -> bool:
    """Whether a reaction of this emoji, or of these words, takes the conversation."""
    person = key.split(_JOINER)[0]  # a woman and a man raising a hand are sequences that begin with the hand
    plain = "".join(sign for sign in person if sign not in _SKIN_TONES and sign != _VARIATION).strip()
    return plain.casefold() not in _WORDS_TAKING_NOBODY and plain[:1] not in _TAKING_NOBODY and plain != ""
