"""YAML → frozen settings. An unknown key, a missing one or a wrong value is an error that names its line.

Every path in the file is relative to the file. Secrets are in files of their own, readable by their owner alone, so
that the portal needs none of the application service's.
"""

import re
import stat
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError

from appservice.domain.competence import Competence
from appservice.domain.desk import Desk, DeskKind, Force
from appservice.domain.desk_competence import DeskCompetence
from appservice.domain.desk_routing import DeskRouting
from appservice.domain.errors import ConfigurationError
from appservice.domain.ids import DeskId, UserId
from appservice.routing_data.competence_file import read_competence
from appservice.routing_data.loading import load_territory

_DURATION = re.compile(r"(\d+)\s*(s|min|h|d)")
_UNITS = {"s": "seconds", "min": "minutes", "h": "hours", "d": "days"}


def _duration(value: object) -> timedelta:
    written = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if written is None:
        raise ValueError("a duration is written like 30 s, 10 min, 12 h or 7 d")
    return timedelta(**{_UNITS[written[2]]: int(written[1])})


def _address(value: str) -> str:
    if not re.fullmatch(r"https?://[^/\s]+(/\S*)?", value):
        raise ValueError("an address begins with http:// or https://")
    return value.rstrip("/")


def _department(value: str) -> str:
    if not re.fullmatch(r"\d[\dAB]|9[78]\d", value):
        raise ValueError('a department is written in quotes, like "01", "2A" or "974"')
    return value


Duration = Annotated[timedelta, BeforeValidator(_duration)]
Address = Annotated[str, AfterValidator(_address)]
Code = Annotated[str, Field(pattern=r"^[0-9AB]{2,5}$", strict=True)]
Department = Annotated[str, AfterValidator(_department), Field(strict=True)]
MatrixId = Annotated[str, Field(pattern=r"^@[a-z0-9._=/+-]+:[^\s]+$")]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Listen(_Section):
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=1, le=65535)]


class HomeserverSettings(_Section):
    address: Address
    server_name: str


class AppserviceSettings(_Section):
    listen: Listen
    registration: Path
    database: str
    data_directory: Path
    ready_within: Duration = timedelta(minutes=10)
    shell_kept_for: Duration = timedelta(days=30)


class PortalSettings(_Section):
    listen: Listen
    appservice: Address
    appservice_token_file: Path
    session_keys_file: Path
    session_lasts_for: Duration = timedelta(hours=12)
    neutral_address: Address = "https://www.wikipedia.org"


class CompetenceSettings(_Section):
    """What a desk serves, in INSEE's codes; the more precise claim wins over the less precise one of another desk."""

    regions: frozenset[Code] = frozenset()
    departments: frozenset[Department] = frozenset()
    communes: frozenset[Code] = frozenset()
    everywhere: bool = False
    forces: frozenset[Force] = frozenset()


class TerritorySettings(_Section):
    default_force: dict[Code, Force] = {}
    competence_file: Path | None = None


class DeskSettings(_Section):
    id: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
    name: Annotated[str, Field(min_length=1, max_length=80)]
    kind: DeskKind = DeskKind.REGIONAL
    force: Force = Force.NONE
    competence: CompetenceSettings = CompetenceSettings()
    overflow: tuple[str, ...] = ()
    agents: tuple[MatrixId, ...] = ()

    def desk(self) -> Desk:
        return Desk(
            DeskId(self.id),
            self.name,
            self.kind,
            self.force,
            tuple(UserId(agent) for agent in self.agents),
        )

    def served(self) -> DeskCompetence:
        return DeskCompetence(
            DeskId(self.id),
            self.force,
            overflow=tuple(DeskId(desk) for desk in self.overflow),
            **self.competence.model_dump(),
        )


class Settings(_Section):
    homeserver: HomeserverSettings
    appservice: AppserviceSettings
    guest_portal: PortalSettings
    territory: TerritorySettings = TerritorySettings()
    desks: tuple[DeskSettings, ...]
    desk_of_last_resort: str

    @model_validator(mode="after")
    def _desks_fit_together(self) -> Self:
        names = [desk.id for desk in self.desks]
        if len(set(names)) < len(names):
            raise ValueError("two desks have the same id")
        if self.desk_of_last_resort not in names:
            raise ValueError(f"the desk of last resort, {self.desk_of_last_resort!r}, is not among the desks")
        return self

    def routing(self) -> DeskRouting:
        """Reads the territory, which takes a tenth of a second. Raises `ConfigurationError`, naming holes and overlaps.

        Stations and associations are led to by agents, not by postal codes.
        """
        file = self.territory.competence_file
        forces = read_competence(file).forces if file is not None else {}
        return DeskRouting(
            load_territory(),
            Competence(forces, self.territory.default_force),
            [desk.served() for desk in self.desks if desk.kind is DeskKind.REGIONAL or self._is_last_resort(desk)],
            DeskId(self.desk_of_last_resort),
        )

    def _is_last_resort(self, desk: DeskSettings) -> bool:
        return desk.id == self.desk_of_last_resort


class _UserNamespace(_Section):
    exclusive: bool
    regex: str


class _Namespaces(_Section):
    users: tuple[_UserNamespace, ...]
    rooms: tuple[Any, ...] = ()
    aliases: tuple[Any, ...] = ()


class Registration(_Section):
    """The file that introduces the application service to the homeserver (specification, Application Service API)."""

    id: str
    url: Address
    as_token: Annotated[str, Field(min_length=16, repr=False)]
    hs_token: Annotated[str, Field(min_length=16, repr=False)]
    sender_localpart: str
    rate_limited: bool = False
    namespaces: _Namespaces


def load_settings(path: Path) -> Settings:
    """Raises `ConfigurationError`, one line a fault, each with the file's line and what to write instead."""
    settings = _load(path, Settings)
    here = path.resolve().parent
    appservice = settings.appservice
    portal = settings.guest_portal
    competence_file = settings.territory.competence_file
    return settings.model_copy(
        update={
            "appservice": appservice.model_copy(
                update={
                    "registration": here / appservice.registration,
                    "data_directory": here / appservice.data_directory,
                    "database": _database_beside(here, appservice.database),
                }
            ),
            "guest_portal": portal.model_copy(
                update={
                    "appservice_token_file": here / portal.appservice_token_file,
                    "session_keys_file": here / portal.session_keys_file,
                }
            ),
            "territory": settings.territory.model_copy(
                update={"competence_file": competence_file and here / competence_file}
            ),
        }
    )


def load_registration(path: Path) -> Registration:
    """Raises `ConfigurationError`."""
    if not path.exists():
        raise ConfigurationError(f"{path} does not exist. `veilleuse registration` makes it.")
    return _load(path, Registration)


def read_secrets(path: Path) -> tuple[str, ...]:
    """The secrets in a file, one a line, the newest first. Raises `ConfigurationError` if others can read it too."""
    try:
        if path.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            raise ConfigurationError(f"{path}: others than its owner may read it; run chmod 600 on it.")
        secrets = tuple(line for line in path.read_text().splitlines() if line)
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}. `veilleuse secrets` makes it.") from None
    if not secrets:
        raise ConfigurationError(f"{path}: there is no secret in it. `veilleuse secrets` makes one.")
    return secrets


Model = TypeVar("Model", bound=BaseModel)


def _load(path: Path, model: type[Model]) -> Model:
    try:
        document = YAML(typ="rt").load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path}: {error.strerror}.") from None
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 0
        raise ConfigurationError(f"{path}:{line}: {error.problem}.") from None
    try:
        return model.model_validate(document if document is not None else {})
    except ValidationError as errors:
        faults = [
            f"{path}:{_line(document, e['loc'])}: {_sentence(e['loc'], e['type'], e['msg'])}" for e in errors.errors()
        ]
        raise ConfigurationError("\n".join(faults)) from None


def _sentence(place: Sequence[int | str], kind: str, message: str) -> str:
    key = ".".join(str(part) for part in place) or "the file"
    match kind:
        case "extra_forbidden":
            return f"{key} is not a key that exists here; config.example.yaml names them all."
        case "missing":
            return f"{key} is missing."
        case "string_type":
            return f"{key} must be a text: write it in quotes."
    return f"{key}: {message.removeprefix('Value error, ')}."


def _line(document: Any, place: Sequence[int | str]) -> int:
    """The line, from 1, of the deepest part of `place` that is in the file."""
    line = 1
    for part in place:
        try:
            position = document.lc.item(part) if isinstance(part, int) else document.lc.key(part)
            document = document[part]
        except (AttributeError, KeyError, IndexError, TypeError):
            break
        line = position[0] + 1
    return line


def _database_beside(here: Path, url: str) -> str:
    """A relative SQLite path is relative to the configuration file; `sqlite:////…` is absolute."""
    scheme, separator, path = url.partition(":///")
    if scheme != "sqlite" or not separator or path.startswith("/"):
        return url
    return f"sqlite:///{(here / path).resolve()}"
