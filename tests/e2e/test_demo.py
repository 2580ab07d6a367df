"""`veilleuse demo` as an operator meets it: a table, a file of endpoints, and nothing left after Ctrl-C."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp

from tests.ports import free_ports
from tests.waiting import until

ENDPOINTS = {
    "portal", "homeserver", "server_name", "appservice", "desks", "agents", "auditors", "audit_room_id", "config",
    "registration", "databases", "media", "logs", "processes",
}  # fmt: skip


class DemoProcess:
    def __init__(self, process: asyncio.subprocess.Process, directory: Path) -> None:
        self._process = process
        self._endpoints = directory / "endpoints.json"

    async def is_on(self) -> dict[str, Any]:
        """Waits for the table; what the file of endpoints says."""
        assert self._process.stdout is not None
        async with asyncio.timeout(60):
            async for line in self._process.stdout:
                if b"Ctrl-C stops it" in line:
                    return self.endpoints()
        raise AssertionError("the demo ended")

    def endpoints(self) -> dict[str, Any]:
        endpoints: dict[str, Any] = json.loads(self._endpoints.read_text())
        return endpoints

    async def is_stopped(self) -> int:
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGINT)
        await asyncio.wait_for(self._process.communicate(), 30)
        assert not self._endpoints.exists()
        assert self._process.returncode is not None
        return self._process.returncode


@asynccontextmanager
async def demo(directory: Path, port_base: int) -> AsyncIterator[DemoProcess]:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "appservice", "demo", "--directory", str(directory), "--port-base", str(port_base)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    running = DemoProcess(process, directory)
    try:
        yield running
    finally:
        await running.is_stopped()


def is_running(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


async def answers(*urls: str) -> bool:
    async with aiohttp.ClientSession() as client:
        try:
            for url in urls:
                async with client.get(url) as answer:
                    if answer.status != 200:
                        return False
        except aiohttp.ClientError:
            return False
    return True


async def test_the_demo_starts_stops_without_a_remainder_and_comes_back_the_same(tmp_path: Path) -> None:
    port_base = free_ports(3)
    async with demo(tmp_path, port_base) as running:
        first = await running.is_on()
        assert first.keys() == ENDPOINTS
        assert await answers(
            first["portal"], first["homeserver"] + "/_matrix/client/versions", first["appservice"]["health"]
        )
        pids = list(first["processes"].values())
        assert all(is_running(pid) for pid in pids)
    assert not any(is_running(pid) for pid in pids)
    async with demo(tmp_path, port_base) as running:
        second = await running.is_on()
    unchanged = ENDPOINTS - {"processes"}
    assert {key: second[key] for key in unchanged} == {key: first[key] for key in unchanged}


async def test_a_process_that_dies_is_started_again_and_the_file_tells_its_new_number(tmp_path: Path) -> None:
    async with demo(tmp_path, free_ports(3)) as running:
        before = await running.is_on()
        for name in ("portal", "appservice", "synapse"):
            os.kill(before["processes"][name], signal.SIGKILL)
            await until(
                lambda name=name: running.endpoints()["processes"][name] != before["processes"][name],  # type: ignore[misc]
                timedelta(seconds=30),
            )
        assert await answers(before["portal"], before["appservice"]["health"])


async def test_an_element_pointed_at_the_homeserver_finds_its_way(tmp_path: Path) -> None:
    async with demo(tmp_path, free_ports(3)) as running, aiohttp.ClientSession() as client:
        endpoints = await running.is_on()
        well_known = endpoints["homeserver"] + "/.well-known/matrix/client"
        async with client.get(well_known, headers={"Origin": "vector://vector"}) as answer:
            assert (await answer.json())["m.homeserver"]["base_url"].rstrip("/") == endpoints["homeserver"]
            assert answer.headers["Access-Control-Allow-Origin"] == "*"
        agent = endpoints["agents"][0]
        login = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": agent["user_id"]},
            "password": agent["password"],
        }
        async with client.post(endpoints["homeserver"] + "/_matrix/client/v3/login", json=login) as answer:
            token = (await answer.json())["access_token"]
        authorization = {"Authorization": f"Bearer {token}"}
        async with client.get(
            endpoints["homeserver"] + "/_matrix/client/v3/joined_rooms", headers=authorization
        ) as answer:
            rooms = set((await answer.json())["joined_rooms"])
        desk = next(desk for desk in endpoints["desks"] if desk["id"] in agent["desks"])
        assert rooms == {desk["space_id"], desk["desk_room_id"], desk["team_room_id"]}


async def test_an_occupied_port_is_told_and_nothing_is_left_running(tmp_path: Path) -> None:
    port_base = free_ports(3)
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", port_base + 1)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "appservice", "demo", "--directory", str(tmp_path), "--port-base", str(port_base)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asyncio.wait_for(process.communicate(), 30)
    server.close()
    assert process.returncode == 2
    assert str(port_base + 1) in said.decode()
    assert "Traceback" not in said.decode()
    assert not (tmp_path / "endpoints.json").exists()
