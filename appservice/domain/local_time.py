"""Whose clock a commune follows, and the département that its INSEE code names.

Zones: IANA time zone database. Within French Polynesia the Marquesas and the Gambier have clocks of their own.
"""

import re
from zoneinfo import ZoneInfo

from appservice.domain.errors import InvalidInput

_COMMUNE = re.compile(r"(?:[0-9]{2}|2[AB])[0-9]{3}")

_ZONES = {
    "971": "America/Guadeloupe",
    "972": "America/Martinique",
    "973": "America/Cayenne",
    "974": "Indian/Reunion",
    "975": "America/Miquelon",
    "976": "Indian/Mayotte",
    "977": "America/St_Barthelemy",
    "978": "America/Marigot",
    "984": "Indian/Kerguelen",
    "986": "Pacific/Wallis",
    "987": "Pacific/Tahiti",
    "988": "Pacific/Noumea",
    "989": "Etc/GMT+8",  # Clipperton: POSIX writes UTC-8 with a plus
}
_ZONES_OF_COMMUNES = {
    # Fatu-Hiva, Hiva-Oa, Nuku-Hiva, Tahuata, Ua-Huka, Ua-Pou; then Gambier
    **dict.fromkeys(("98718", "98723", "98731", "98746", "98756", "98757"), "Pacific/Marquesas"),
    "98719": "Pacific/Gambier",
}

# The cities that INSEE divides into municipal arrondissements, which have codes of their own.
_ARRONDISSEMENTS = {
    "75056": tuple(f"751{number:02}" for number in range(1, 21)),
    "69123": tuple(f"6938{number}" for number in range(1, 10)),
    "13055": tuple(f"132{number:02}" for number in range(1, 17)),
}


def is_commune(text: str) -> bool:
    """Whether a text has the form of an INSEE commune code, like `2A004`."""
    return _COMMUNE.fullmatch(text) is not None


def department_of(commune: str) -> str:
    """The département, or overseas collectivity, of an INSEE commune code. Raises `InvalidInput` if it is none."""
    if not is_commune(commune):
        raise InvalidInput("An INSEE commune code has five characters, like 35238 or 2A004.")
    return commune[:3] if commune.startswith(("97", "98")) else commune[:2]


def zone_of(commune: str) -> ZoneInfo:
    """The time zone of a commune. Raises `InvalidInput` if the code is no commune's."""
    department = department_of(commune)
    return ZoneInfo(_ZONES_OF_COMMUNES.get(commune) or _ZONES.get(department, "Europe/Paris"))


def same_commune(commune: str) -> frozenset[str]:
    """The codes that name this commune or a part of it: Paris, Lyon and Marseille have one, and each arrondissement.

    An arrondissement is named by its own code and the city's, but not by the other arrondissements'.
    """
    if commune in _ARRONDISSEMENTS:
        return frozenset((commune, *_ARRONDISSEMENTS[commune]))
    cities = (city for city, parts in _ARRONDISSEMENTS.items() if commune in parts)
    return frozenset((commune, *cities))
