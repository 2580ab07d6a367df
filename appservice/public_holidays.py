"""France's public holidays, by the package `holidays`: national ones, and those of Alsace-Moselle and overseas.

Good Friday in Alsace-Moselle is one only in communes with a Protestant church (code du travail, L3134-13); it is taken
for one in all of them. Good Friday in Martinique is customary without being law, as in Guadeloupe; the package has it
in Guadeloupe alone, and here it is taken for a holiday in both, so that one calls before going.
"""

from datetime import date, timedelta
from functools import lru_cache

from appservice.domain.local_time import department_of

# The package's names of the places with holidays of their own, by département.
_SUBDIVISIONS = {
    "57": "57",
    "67": "6AE",
    "68": "6AE",
    "971": "971",
    "972": "972",
    "973": "973",
    "974": "974",
    "975": "PM",
    "976": "976",
    "977": "BL",
    "978": "MF",
    "984": "TF",
    "986": "WF",
    "987": "PF",
    "988": "NC",
}


class FrenchPublicHolidays:
    """Implements `PublicHolidays`."""

    def is_holiday(self, day: date, commune: str) -> bool:
        """Raises `InvalidInput` if the code is no commune's."""
        return day in _days(_SUBDIVISIONS.get(department_of(commune)), day.year)


@lru_cache(maxsize=256)
def _days(subdivision: str | None, year: int) -> frozenset[date]:
    # Imported here: it takes a tenth of a second, which a start without questions of hours need not spend.
    import holidays

    days = holidays.country_holidays("FR", subdiv=subdivision, years=year, language="fr")
    customary = [day - timedelta(days=3) for day in days.get_named("Lundi de Pâques")] if subdivision == "972" else []
    return frozenset((*days, *customary))
