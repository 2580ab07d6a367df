"""YAML → frozen settings. An unknown key, a missing one or a wrong value is an error that names its line.

Every path in the file is relative to the file. Secrets are in files of their own, readable by their owner alone, so
that the portal needs none of the application service's.
"""

import re
import stat
from collections.abc import Mapping
from datetime import time, timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from appservice.addresses import base_address, leads_to, neutral_address
from appservice.domain.competence import Competence
from appservice.domain.day_rules import CareRule, DayRules, Patience, Presumption
from appservice.domain.desk import PARIS, SUPERVISION, Desk, DeskKind, Force
from appservice.domain.desk_competence import DeskCompetence
from appservice.domain.desk_routing import DeskRouting
from appservice.domain.errors import ConfigurationError
from appservice.domain.ids import DeskId, UserId
from appservice.domain.reception import Reception
from appservice.domain.shifts import Shift, Shifts
from appservice.routing_data.competence_file import read_competence
from appservice.routing_data.loading import load_territory
from appservice.yaml_file import load_yaml

RETENTION = Path(__file__).parents[1] / "policies" / "retention.yaml"
"""The rules that come with the program."""

_DURATION = re.compile(r"(\d+)\s*(s|min|h|d)")
_UNITS = {"s": "seconds", "min": "minutes", "h": "hours", "d": "days"}


def _duration(value: object) -> timedelta:
    written = _DURATION.fullmatch(value) if isinstance(value, str) else None
    if written is None:
        raise ValueError("a duration is written like 30 s, 10 min, 12 h or 7 d")
    return timedelta(**{_UNITS[written[2]]: int(written[1])})


_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def _days(value: object) -> frozenset[int]:
    """`mon`, `mon-fri`, or a list of either; Monday is 0. A span may go round the week's end: `fri-mon`."""
    days: set[int] = set()
    for part in value if isinstance(value, list) else [value]:
        first, _, last = str(part).partition("-")
        if first not in _DAYS or (last or first) not in _DAYS:
            raise ValueError(f"days are written like mon, sat-sun or [mon, thu]; the names are {', '.join(_DAYS)}")
        begin, end = _DAYS.index(first), _DAYS.index(last or first)
        days.update((begin + step) % 7 for step in range((end - begin) % 7 + 1))
    return frozenset(days)


def _hour(value: object) -> time:
    written = re.fullmatch(r"([01]\d|2[0-3]):([0-5]\d)", value) if isinstance(value, str) else None
    if written is None:
        raise ValueError('an hour is written in quotes, like "07:00" or "19:30"')
    return time(int(written[1]), int(written[2]))


def _zone(value: object) -> ZoneInfo:
    try:
        return ZoneInfo(str(value))
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError("a time zone is named like Europe/Paris or Indian/Reunion") from None


def _agent(value: object) -> object:
    return {"id": value} if isinstance(value, str) else value


def _department(value: str) -> str:
    if not re.fullmatch(r"\d[\dAB]|9[78]\d", value):
        raise ValueError('a department is written in quotes, like "01", "2A" or "974"')
    return value


Duration = Annotated[timedelta, BeforeValidator(_duration)]
Address = Annotated[str, AfterValidator(base_address)]
NeutralAddress = Annotated[str, AfterValidator(neutral_address)]
Code = Annotated[str, Field(pattern=r"^[0-9AB]{2,5}$", strict=True)]
Department = Annotated[str, AfterValidator(_department), Field(strict=True)]
Days = Annotated[frozenset[int], BeforeValidator(_days)]
Hour = Annotated[time, BeforeValidator(_hour)]
Zone = Annotated[ZoneInfo, BeforeValidator(_zone)]
MatrixId = Annotated[str, Field(pattern=r"^@[a-z0-9._=/+-]+:[^\s]+$")]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


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
    metrics_listen: Listen | None = None
    ready_within: Duration = timedelta(minutes=10)
    shell_kept_for: Duration = timedelta(days=30)
    retention: Path | None = None
    looked_at_again: Annotated[int, Field(ge=0)] = 50
    rooms_ahead: Annotated[int, Field(ge=0, le=200)] = 8


class EntrySettings(_Section):
    """Openings a minute up to which one takes the page no noticeable work; each doubling beyond doubles the work."""

    from_one_source: Annotated[int, Field(ge=1)] = 30
    for_one_department: Annotated[int, Field(ge=1)] = 60
    in_all: Annotated[int, Field(ge=1)] = 240
    at_once: Annotated[int, Field(ge=1)] = 4


class PortalSettings(_Section):
    listen: Listen
    metrics_listen: Listen | None = None
    appservice: Address
    appservice_token_file: Path
    session_keys_file: Path
    session_lasts_for: Duration = timedelta(hours=12)
    neutral_address: NeutralAddress = "https://www.wikipedia.org"
    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    entry: EntrySettings = EntrySettings()

    @model_validator(mode="after")
    def _leaving_leads_away(self) -> Self:
        if leads_to(self.neutral_address, self.listen.host, self.listen.port):
            raise ValueError("neutral_address leads back to this portal: name another site")
        return self


class AuditSettings(_Section):
    auditors: tuple[MatrixId, ...] = ()
    checkpoint_keys_file: Path = Path("secrets/checkpoint_keys")
    token_file: Path = Path("secrets/audit_token")
    listen: Listen = Listen(port=8083)
    bot_directory: Path = Path("compliance")
    database: str | None = None
    checkpoint_every: Duration = timedelta(days=1)
    claimed_within: Duration = timedelta(minutes=10)
    kept_for: Duration = timedelta(days=8)


class CompetenceSettings(_Section):
    """What a desk serves, in INSEE's codes; the more precise claim wins over the less precise one of another desk."""

    regions: frozenset[Code] = frozenset()
    departments: frozenset[Department] = frozenset()
    communes: frozenset[Code] = frozenset()
    everywhere: bool = False
    forces: frozenset[Force] = frozenset()


class DaySettings(_Section):
    """How long an agents' day waits for what."""

    repeat_after: Duration = timedelta(minutes=2)
    overflow_after: Duration = timedelta(minutes=5)
    agent_silent_for: Duration = timedelta(minutes=3)
    agent_answers_within: Duration = timedelta(minutes=2)
    pause_after_hard: Duration = timedelta(minutes=15)
    hard_in_a_row: Annotated[int, Field(ge=1)] = 3

    def rules(self) -> DayRules:
        return DayRules(
            Patience(self.repeat_after, self.overflow_after),
            Presumption(self.agent_silent_for, self.agent_answers_within),
            CareRule(self.pause_after_hard, self.hard_in_a_row),
        )


class TerritorySettings(_Section):
    default_force: dict[Code, Force] = {}
    competence_file: Path | None = None


class ShiftSettings(_Section):
    days: Days = frozenset(range(7))
    starts: Hour
    ends: Hour


class AgentSettings(_Section):
    """An agent's account, and what the people it talks with read instead of its Matrix id."""

    id: MatrixId
    name: Annotated[str, Field(min_length=1, max_length=60)] | None = None


class DeskSettings(_Section):
    id: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
    name: Annotated[str, Field(min_length=1, max_length=80)]
    kind: DeskKind = DeskKind.REGIONAL
    force: Force = Force.NONE
    competence: CompetenceSettings = CompetenceSettings()
    overflow: tuple[str, ...] = ()
    agents: tuple[Annotated[AgentSettings, BeforeValidator(_agent)], ...] = ()
    capacity: Annotated[int, Field(ge=1)] = 5
    time_zone: Zone = PARIS
    shifts: tuple[ShiftSettings, ...] = ()
    address: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    phone: Annotated[str, Field(pattern=r"^\+?[0-9][0-9 .]{1,20}$")] | None = None
    hours: Annotated[tuple[Annotated[str, Field(min_length=1, max_length=80)], ...], Field(max_length=14)] = ()

    @model_validator(mode="after")
    def _says_what_its_kind_has(self) -> Self:
        if self.kind is DeskKind.REGIONAL:
            for key in ("address", "phone", "hours"):
                if getattr(self, key):
                    raise ValueError(f"desk {self.id!r} is regional, and people do not go there: it has no {key}")
        elif self.competence.forces:
            raise ValueError(
                f"desk {self.id!r} is no regional one: no force decides for it, leave competence.forces out"
            )
        return self

    def desk(self) -> Desk:
        shifts = tuple(Shift(shift.days, shift.starts, shift.ends) for shift in self.shifts)
        return Desk(
            DeskId(self.id),
            self.name,
            self.kind,
            self.force,
            tuple(UserId(agent.id) for agent in self.agents),
            {UserId(agent.id): agent.name for agent in self.agents if agent.name is not None},
            self.capacity,
            Shifts(self.time_zone, shifts),
            Reception(
                **self.competence.model_dump(exclude={"forces"}),
                address=self.address,
                phone=self.phone,
                hours=self.hours or None,
            ),
        )

    def served(self) -> DeskCompetence:
        return DeskCompetence(
            DeskId(self.id),
            self.force,
            overflow=tuple(DeskId(desk) for desk in self.overflow),
            **self.competence.model_dump(),
        )


class SupervisionSettings(_Section):
    """Shift leaders: whom the supervision room is for."""

    leaders: tuple[Annotated[AgentSettings, BeforeValidator(_agent)], ...] = ()


class Settings(_Section):
    homeserver: HomeserverSettings
    appservice: AppserviceSettings
    guest_portal: PortalSettings
    audit: AuditSettings = AuditSettings()
    territory: TerritorySettings = TerritorySettings()
    day: DaySettings = DaySettings()
    national_space: Annotated[str, Field(min_length=1, max_length=80)] = "Veilleuse"
    desks: tuple[DeskSettings, ...]
    desk_of_last_resort: str
    supervision: SupervisionSettings = SupervisionSettings()

    @model_validator(mode="after")
    def _desks_fit_together(self) -> Self:
        ids = [desk.id for desk in self.desks]
        if len(set(ids)) < len(ids):
            raise ValueError("two desks have the same id")
        if self.desk_of_last_resort not in ids:
            raise ValueError(f"the desk of last resort, {self.desk_of_last_resort!r}, is not among the desks")
        for desk in self.desks:
            agents = [agent.id for agent in desk.agents]
            if twice := sorted({agent for agent in agents if agents.count(agent) > 1}):
                raise ValueError(f"desk {desk.id!r} names {', '.join(twice)} twice")
        if SUPERVISION in ids:
            raise ValueError(f"no desk can be called {SUPERVISION!r}: that is the shift leaders' room")
        leaders = [leader.id for leader in self.supervision.leaders]
        if len(set(leaders)) < len(leaders):
            raise ValueError("supervision names a leader twice")
        names: dict[str, str] = {}
        everybody = (*(agent for desk in self.desks for agent in desk.agents), *self.supervision.leaders)
        for agent in (agent for agent in everybody if agent.name is not None):
            if names.setdefault(agent.id, str(agent.name)) != agent.name:
                raise ValueError(f"{agent.id} has two names, {names[agent.id]!r} and {agent.name!r}")
        return self

    @model_validator(mode="after")
    def _somebody_answers_in_the_end(self) -> Self:
        last_resort = next(desk for desk in self.desks if desk.id == self.desk_of_last_resort)
        if last_resort.kind is not DeskKind.REGIONAL:
            raise ValueError(f"the desk of last resort, {last_resort.id!r}, has to be regional, not {last_resort.kind}")
        if not last_resort.agents:
            raise ValueError(f"the desk of last resort, {last_resort.id!r}, has no agents: nobody would answer")
        return self

    def supervision_desk(self) -> Desk | None:
        """The shift leaders' rooms; None without any leader. Who is an agent too keeps the agent's name."""
        leaders = self.supervision.leaders
        if not leaders:
            return None
        agents = {agent.id for desk in self.desks for agent in desk.agents}
        names = {
            UserId(leader.id): leader.name or f"Responsable {number}"
            for number, leader in enumerate(leaders, start=1)
            if leader.name is not None or leader.id not in agents
        }
        people = tuple(UserId(leader.id) for leader in leaders)
        return Desk(SUPERVISION, "Supervision", DeskKind.REGIONAL, Force.NONE, people, names)

    def routing(self) -> DeskRouting:
        """Reads the territory, which takes a tenth of a second. Raises `ConfigurationError`, naming holes and overlaps.

        Stations and associations are led to by agents, not by postal codes: they may overlap.
        """
        file = self.territory.competence_file
        return self.routing_by(read_competence(file).forces if file is not None else {})

    def routing_by(self, forces: Mapping[str, Force]) -> DeskRouting:
        """The same by other forces than those of the file that is in place, by INSEE code."""
        return DeskRouting(
            load_territory(),
            Competence(forces, self.territory.default_force),
            [desk.served() for desk in self.desks if desk.kind is DeskKind.REGIONAL],
            DeskId(self.desk_of_last_resort),
            [desk.served() for desk in self.desks if desk.kind is not DeskKind.REGIONAL],
        )


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
    receive_ephemeral: bool = False
    namespaces: _Namespaces


def load_settings(path: Path) -> Settings:
    """Raises `ConfigurationError`, one line a fault, each with the file's line and what to write instead."""
    if not path.exists():
        raise ConfigurationError(f"{path} does not exist: name the file with -c, or begin with config.example.yaml.")
    settings = load_yaml(path, Settings)
    here = path.resolve().parent
    appservice = settings.appservice
    portal = settings.guest_portal
    audit = settings.audit
    competence_file = settings.territory.competence_file
    return settings.model_copy(
        update={
            "appservice": appservice.model_copy(
                update={
                    "registration": here / appservice.registration,
                    "data_directory": here / appservice.data_directory,
                    "retention": here / appservice.retention if appservice.retention else RETENTION,
                    "database": _database_beside(here, appservice.database),
                }
            ),
            "guest_portal": portal.model_copy(
                update={
                    "appservice_token_file": here / portal.appservice_token_file,
                    "session_keys_file": here / portal.session_keys_file,
                }
            ),
            "audit": audit.model_copy(
                update={
                    "checkpoint_keys_file": here / audit.checkpoint_keys_file,
                    "token_file": here / audit.token_file,
                    "bot_directory": here / audit.bot_directory,
                    "database": audit.database and _database_beside(here, audit.database),
                }
            ),
            "territory": settings.territory.model_copy(
                update={"competence_file": competence_file and here / competence_file}
            ),
        }
    )


def former_and_next(registration: Path) -> tuple[Path, Path]:
    """Where the other pair of tokens is while they are changed: what the homeserver had before, what it will have."""
    former, following = (
        registration.with_name(f"{registration.stem}.{it}{registration.suffix}") for it in ("former", "next")
    )
    return former, following


def load_registrations(path: Path) -> tuple[Registration, ...]:
    """The one at `path` first, and the others that the homeserver may know. Raises `ConfigurationError`."""
    others = (other for other in former_and_next(path) if other.exists())
    return (load_registration(path), *map(load_registration, others))


def load_registration(path: Path) -> Registration:
    """Raises `ConfigurationError`."""
    if not path.exists():
        raise ConfigurationError(f"{path} does not exist. `veilleuse registration` makes it.")
    return load_yaml(path, Registration)


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


def _database_beside(here: Path, url: str) -> str:
    """A relative SQLite path is relative to the configuration file; `sqlite:////…` is absolute."""
    scheme, separator, path = url.partition(":///")
    if scheme != "sqlite" or not separator or path.startswith("/"):
        return url
    return f"sqlite:///{(here / path).resolve()}"
