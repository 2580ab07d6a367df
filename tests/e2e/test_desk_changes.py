"""`veilleuse desks plan` and `apply`, beside a service that runs and without one, on a real homeserver."""

import asyncio
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

import aiohttp
import pytest
from ruamel.yaml import YAML

from appservice.config import load_registration, read_secrets
from appservice.embedded.installation import Account, Installation
from appservice.embedded.synapse import register_account
from appservice.internal_interface import AppserviceClient, OpenedAnswer, OpeningRequest
from appservice.store.database import Database
from tests.ports import free_ports
from tests.synapse.clients import CLIENT, Client, log_in
from tests.waiting import until

SERVER_NAME = "veilleuse.localhost"
_OUT_WITHIN_SECONDS = 8  # 2 on an idle machine: half of it is the command's own start
NOTHING = ["Nothing to change."]
Configuration = dict[str, Any]


def a_desk(desk: str, *agents: str, **more: Any) -> dict[str, Any]:
    return {"id": desk, "name": f"Guichet de {desk}", "agents": [agent_id(agent) for agent in agents], **more}


def agent_id(name: str) -> str:
    return f"@{name}:{SERVER_NAME}"


PLACES: Configuration = {
    "desks": [
        a_desk("rennes", "ada", "bea", competence={"regions": ["53"]}),
        a_desk("national", "bea", "cleo", competence={"everywhere": True}),
    ],
    "desk_of_last_resort": "national",
}


@dataclass
class Site:
    """A service beside which an operator works."""

    installation: Installation
    http: aiohttp.ClientSession
    accounts: list[Account]

    @property
    def config(self) -> Path:
        return self.installation.directory / "config.yaml"

    @property
    def warden(self) -> Client:
        return Client(self.http, load_registration(self.installation.settings.appservice.registration).as_token)

    def configure(self, **places: Any) -> None:
        yaml = YAML(typ="safe")
        settings = yaml.load(self.config.read_text())
        with self.config.open("w") as file:
            yaml.dump(settings | PLACES | places, file)

    async def desks(self, do: str, config: Path | None = None) -> tuple[int | None, list[str]]:
        """What the command said, on either stream, and its status."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "appservice", "desks", do, "-c", str(config or self.config)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await asyncio.wait_for(process.communicate(), 60)
        return process.returncode, said.decode().splitlines()

    async def applied(self, **places: Any) -> list[str]:
        self.configure(**places)
        status, said = await self.desks("apply")
        assert status == 0, said
        return said

    async def room(self, desk: str, kind: str) -> str:
        (described,) = [one for one in (await self.installation.endpoints([]))["desks"] if one["id"] == desk]
        return str(described[kind])

    async def log_in(self, name: str) -> Client:
        (password,) = {one.password for one in self.accounts if one.user_id == agent_id(name)}
        return (await log_in(self.http, name, password)).ask

    async def rooms_of(self, agent: Client) -> set[str]:
        return set((await agent.ok("GET", f"{CLIENT}/joined_rooms"))["joined_rooms"])

    async def state(self, room: str, kind: str, key: str = "") -> dict[str, Any]:
        return (await self.warden("GET", f"{CLIENT}/rooms/{quote(room)}/state/{kind}/{quote(key)}")).body

    async def set_state(self, room: str, kind: str, content: dict[str, Any], key: str = "") -> None:
        await self.warden.ok("PUT", f"{CLIENT}/rooms/{quote(room)}/state/{kind}/{quote(key)}", content)

    async def waiting(self, postal_code: str = "35000") -> OpenedAnswer:
        """A guest who waits, announced at its desk."""
        token = read_secrets(self.installation.settings.guest_portal.appservice_token_file)[0]
        listen = self.installation.settings.appservice.listen
        async with aiohttp.ClientSession() as session:
            portal = AppserviceClient(session, f"http://{listen.host}:{listen.port}", token)
            opened = await portal.open(OpeningRequest(role="victim", postal_code=postal_code))
        await Client(self.http, opened.access_token).ok("POST", f"{CLIENT}/rooms/{quote(opened.room_id)}/join")

        async def is_open_to_the_desk() -> bool:
            return bool((await self.state(opened.room_id, "m.room.join_rules"))["join_rule"] == "restricted")

        await until(is_open_to_the_desk)
        return opened

    async def claimed(self, agent: Client, mxid: str) -> str:
        """The room of a conversation that the agent has."""
        room = (await self.waiting()).room_id

        async def joined() -> bool:
            return (await agent("POST", f"{CLIENT}/join/{quote(room)}")).status == 200

        async def declared() -> bool:
            return (await self.state(room, "org.veilleuse.claim")).get("agent") == mxid

        await until(joined)
        await until(declared)
        return room


@pytest.fixture(scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    directory = tmp_path_factory.mktemp("desks")
    installation = Installation(directory, free_ports(4), SERVER_NAME, PLACES)
    async with installation.synapse, aiohttp.ClientSession(installation.homeserver_address) as http:
        accounts = await installation.accounts()
        async with installation.appservice:
            yield Site(installation, http, accounts)


@pytest.fixture(autouse=True)
async def as_at_the_start(site: Site) -> None:
    await site.applied()


async def test_after_the_start_there_is_nothing_to_change_and_applying_it_changes_nothing(site: Site) -> None:
    assert await site.desks("plan") == (0, NOTHING)
    assert await site.desks("apply") == (0, NOTHING)


async def test_a_national_space_holds_the_desks_spaces(site: Site) -> None:
    space = await site.room("rennes", "space_id")
    national = await _kept(site, "", "national")
    assert (await site.state(space, "m.space.parent", national))["canonical"]
    assert (await site.state(national, "m.room.create"))["type"] == "m.space"
    assert (await site.state(national, "m.room.name"))["name"] == "Veilleuse"
    for desk in ("rennes", "national"):
        assert (await site.state(national, "m.space.child", await site.room(desk, "space_id")))["via"]


async def test_what_hands_have_changed_on_matrix_is_told_by_plan_and_put_right_by_apply(site: Site) -> None:
    space, desk_room, team_room = [
        await site.room("rennes", kind) for kind in ("space_id", "desk_room_id", "team_room_id")
    ]
    ada = await site.log_in("ada")
    await ada.ok("POST", f"{CLIENT}/rooms/{quote(team_room)}/leave")
    await ada.ok("PUT", f"{CLIENT}/profile/{quote(agent_id('ada'))}/displayname", {"displayname": "Ada Dupont"})
    await site.set_state(desk_room, "m.room.name", {"name": "Salle de pause"})
    await site.set_state(desk_room, "m.room.join_rules", {"join_rule": "public"})
    await site.set_state(space, "m.space.child", {}, team_room)
    await register_account(site.installation.synapse.configuration, "dora", "a password of the test")
    await site.warden.ok("POST", f"{CLIENT}/rooms/{quote(space)}/invite", {"user_id": agent_id("dora")})
    expected = [
        f"- {agent_id('dora')} leaves rennes, Space",
        "~ rennes, desk room: name",
        "~ rennes, desk room: join rule",
        "~ rennes, team room: place in its Space",
        f"+ {agent_id('ada')} joins rennes, team room",
        f"~ {agent_id('ada')} is called 'Agent 1'",
    ]
    assert await site.desks("plan") == (1, expected)
    assert await site.desks("plan") == (1, expected), "a plan changes nothing"
    assert await site.desks("apply") == (0, expected)
    assert await site.desks("plan") == (0, NOTHING)
    assert team_room in await site.rooms_of(ada)
    assert (await site.state(desk_room, "m.room.name"))["name"] == "Guichet de rennes · guichet"

    async def is_called_again() -> bool:
        return bool((await site.state(team_room, "m.room.member", agent_id("ada")))["displayname"] == "Agent 1")

    await until(is_called_again)


async def test_an_agent_taken_out_of_the_file_is_out_of_every_room_and_its_guest_waits_for_another(
    site: Site,
) -> None:
    ada, bea = await site.log_in("ada"), await site.log_in("bea")
    room = await site.claimed(ada, agent_id("ada"))
    assert len(await site.rooms_of(ada)) == 4

    async def is_out() -> bool:
        return await site.rooms_of(ada) == set()

    loop = asyncio.get_running_loop()
    started = loop.time()
    # A desk is new too, whose bot and rooms take their time: nobody who must go waits for them.
    added = a_desk("vannes", "cleo", competence={"communes": ["56260"]})
    applying = asyncio.create_task(
        site.applied(desks=[a_desk("rennes", "bea", competence={"regions": ["53"]}), PLACES["desks"][1], added])
    )
    await until(is_out)
    took = loop.time() - started
    print(f"out of every room {took:.1f} s after the command began")
    assert took < _OUT_WITHIN_SECONDS
    await applying
    assert await is_out()

    async def another_may_come() -> bool:
        return (await bea("POST", f"{CLIENT}/join/{quote(room)}")).status == 200

    await until(another_may_come)
    assert (await ada("POST", f"{CLIENT}/join/{quote(room)}")).status == 403


async def test_a_desk_that_is_taken_out_is_emptied_while_the_conversation_there_goes_on(site: Site) -> None:
    ada, bea = await site.log_in("ada"), await site.log_in("bea")
    space = await site.room("rennes", "space_id")
    room = await site.claimed(bea, agent_id("bea"))
    await site.applied(desks=[a_desk("national", "bea", "cleo", competence={"everywhere": True})])
    assert await site.rooms_of(ada) == set()
    assert room in await site.rooms_of(bea), "bea is an agent still, of another desk"
    assert space not in await site.rooms_of(bea)
    assert (await site.state(room, "org.veilleuse.claim"))["agent"] == agent_id("bea")
    elsewhere = await site.waiting("35000")
    rule = await site.state(elsewhere.room_id, "m.room.join_rules")
    assert [allowed["room_id"] for allowed in rule["allow"]] == [await _kept(site, "national", "space")]
    assert await site.desks("plan") == (0, NOTHING)


async def test_a_desk_that_is_added_answers_at_once(site: Site) -> None:
    await register_account(site.installation.synapse.configuration, "elsa", "a password of the test")
    brest = a_desk("brest", "elsa", competence={"communes": ["29019"]})
    said = await site.applied(desks=[*PLACES["desks"], brest])
    assert f"+ {agent_id('elsa')} joins brest, desk room" in said
    desk_room = await _kept(site, "brest", "desk")
    opened = await site.waiting("29200")

    async def announced() -> bool:
        page = await site.warden.ok("GET", f"{CLIENT}/rooms/{quote(desk_room)}/messages", dir="b", limit="20")
        bot = f"@veilleuse_desk_brest:{SERVER_NAME}"
        return any(event["sender"] == bot and event["type"] == "m.room.encrypted" for event in page["chunk"])

    await until(announced)
    rule = await site.state(opened.room_id, "m.room.join_rules")
    assert [allowed["room_id"] for allowed in rule["allow"]] == [await _kept(site, "brest", "space")]


async def test_who_has_no_account_is_told_and_the_others_are_seated(site: Site) -> None:
    site.configure(desks=[a_desk("rennes", "nobody", "bea", competence={"regions": ["53"]}), PLACES["desks"][1]])
    status, said = await site.desks("apply")
    assert status == 1
    assert any(line.startswith(f"+ {agent_id('nobody')} joins rennes, Space: refused, M_NOT_FOUND") for line in said)
    assert await site.room("rennes", "team_room_id") in await site.rooms_of(await site.log_in("bea"))


async def test_a_configuration_with_a_fault_or_of_another_file_changes_nothing(site: Site, tmp_path: Path) -> None:
    site.configure(desks=[a_desk("national", "bea", competence={"regions": ["53"]})])
    status, said = await site.desks("apply")
    assert status == 2
    assert "No desk serves department 01 (Ain)" in "\n".join(said)
    other = site.config.with_name("other.yaml")
    other.write_text(f"# another\n{site.config.read_text()}")
    status, said = await site.desks("apply", other)
    assert (status, "is not the same file" in said[0]) == (2, True)
    assert len(await site.rooms_of(await site.log_in("ada"))) == 3


async def test_nobody_without_the_service_s_token_may_ask(site: Site) -> None:
    listen = site.installation.settings.appservice.listen
    portal_token = read_secrets(site.installation.settings.guest_portal.appservice_token_file)[0]
    asked = {"do": "apply", "edition": "0" * 64}
    async with aiohttp.ClientSession(f"http://{listen.host}:{listen.port}") as session:
        for token in ("", "no such token", portal_token):
            headers = {"Authorization": f"Bearer {token}"}
            async with session.post("/_veilleuse/v1/desks", json=asked, headers=headers) as answer:
                assert answer.status == 401


async def test_without_the_service_the_command_does_it_alone_and_the_service_finds_it_done(site: Site) -> None:
    ada = await site.log_in("ada")
    await site.installation.appservice.stop()
    assert await site.desks("plan") == (0, NOTHING)
    await site.applied(desks=[a_desk("rennes", "bea", competence={"regions": ["53"]}), PLACES["desks"][1]])
    assert await site.rooms_of(ada) == set()
    await site.installation.appservice.start()
    assert await site.desks("plan") == (0, NOTHING)


async def _kept(site: Site, desk: str, kind: str) -> str:
    """A room as the service keeps it, configured or not."""
    database = Database(site.installation.settings.appservice.database)
    await database.start()
    try:
        query = "SELECT room_id FROM desk_room WHERE desk_id = $1 AND kind = $2"
        row = await database.row(query, desk, kind)
    finally:
        await database.stop()
    assert row is not None
    return str(row["room_id"])
