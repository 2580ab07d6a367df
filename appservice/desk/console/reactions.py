"""Which reactions take a signalement: those by which people say "I do", in every skin, as phones offer them.

And nothing else: who puts a heart, an hourglass or a sad face beside an announcement has not taken anybody, and must
not be thought to have.
"""

from appservice.desk.commands.plain_words import joined

TAKING = ("👍", "✅", "✋", "🙋")
"""Those that are named to agents."""

_SIGNS = frozenset("👍✅✔☑✋🤚🖐🙋🙌☝👀👌🆗💪🤝🤙🫡➕")
_WORDS = frozenset(
    joined([words])
    for words in (
        *("+1", "oui", "yes", "ok", "okay", "d'accord", "moi", "c'est moi", "me", "mine", "je prends", "j'y vais"),
        *("je m'en occupe", "je m'en charge", "prends", "prendre", "take", "i take", "i take it", "on it", "claim"),
    )
)
_NO = "-"
"""Before a word or a number it turns it over: `-1`."""

_SKIN_TONES = frozenset(chr(tone) for tone in range(0x1F3FB, 0x1F400))
_VARIATION, _JOINER = "\ufe0f", "\u200d"


def takes(key: str) -> bool:
    """Whether a reaction of this emoji, or of these words, takes the conversation."""
    person = key.split(_JOINER)[0]  # a woman and a man raising a hand are sequences that begin with the hand
    plain = "".join(sign for sign in person if sign not in _SKIN_TONES and sign != _VARIATION).strip()
    if plain in _SIGNS:
        return True
    return joined([plain]) in _WORDS and not plain.startswith(_NO) and "?" not in plain
