"""Police or gendarmerie: the force that is competent in a commune, and whether that is known or only assumed."""

from collections.abc import Mapping
from dataclasses import dataclass

from appservice.domain.desk import Force
from appservice.domain.errors import ConfigurationError
from appservice.domain.territory import Commune

DEFAULT = "default"
FORCES = (Force.POLICE, Force.GENDARMERIE)


@dataclass(frozen=True, slots=True)
class CompetentForce:
    """`known`: the official file says so. Otherwise `force` is the region's default, or `none` without a default."""

    force: Force
    known: bool

    @property
    def word(self) -> str:
        """`police` or `gendarmerie` if that is known, else `default`: an assumption never looks like a fact."""
        return self.force.value if self.known else DEFAULT


# One value for each answer, shared by 35,000 communes.
_KNOWN = {force: CompetentForce(force, known=True) for force in FORCES}
_UNKNOWN = CompetentForce(Force.NONE, known=False)


class Competence:
    """By commune, as the ministry's file of territorial competence has it; by region where the file says nothing."""

    def __init__(self, forces: Mapping[str, Force] | None = None, defaults: Mapping[str, Force] | None = None) -> None:
        """`forces` by INSEE code, `defaults` by region code. Raises `ConfigurationError` if one is neither force."""
        for kind, given in (("Commune", forces or {}), ("Region", defaults or {})):
            for code, force in given.items():
                if force not in FORCES:
                    raise ConfigurationError(f"{kind} {code}: its force is police or gendarmerie, not {force}.")
        self._known = {insee: _KNOWN[force] for insee, force in (forces or {}).items()}
        self._defaults = {region: CompetentForce(force, known=False) for region, force in (defaults or {}).items()}

    def __len__(self) -> int:
        """How many communes are known."""
        return len(self._known)

    @property
    def regions_with_default(self) -> frozenset[str]:
        return frozenset(self._defaults)

    def force_of(self, commune: Commune) -> CompetentForce:
        """An arrondissement that is not listed itself has the force of its city, if that is listed."""
        force = self._known.get(commune.insee)
        if force is None and commune.city is not None:
            force = self._known.get(commune.city)
        return force or self.default_of(commune.region)

    def default_of(self, region: str) -> CompetentForce:
        """What is assumed in a region where the commune, or its force, is not known."""
        return self._defaults.get(region, _UNKNOWN)
