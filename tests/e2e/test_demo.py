"""`veilleuse demo` as whoever installed the wheel meets it: a table, a file of endpoints, nothing left after Ctrl-C.

There is neither Node nor this source there: the page and all else comes out of the wheel, which is made of the sdist.
"""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import sysconfig
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import aiohttp
import pytest

from appservice.embedded.installation import PORTS
from tests.ports import free_ports
from tests.waiting import until

ENDPOINTS = {
    "portal", "homeserver", "server_name", "appservice", "desks", "supervision", "agents", "auditors", "audit_room_id",
    "config", "registration", "databases", "media", "logs", "processes",
}  # fmt: skip


SOURCE = Path(__file__).parents[2]
DEPLOYMENT = SOURCE / "docs" / "deployment"
PACKAGES = ("appservice", "guest_portal", "policies")
NOT_INSTALLED = ("guest_portal/client/", "guest_portal/locales/babel.cfg", "policies/pyproject.toml", "policies/build/")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made as `make dist` does: the sdist from the source, and the wheel from the sdist."""
    directory = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--no-isolation", "--outdir", directory, SOURCE)
    (wheel,) = directory.glob("*.whl")
    return wheel


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of a virtual environment with the wheel in it. What the wheel depends on is that of the tests."""
    environment = tmp_path_factory.mktemp("installed")
    run(sys.executable, "-m", "venv", "--without-pip", environment)
    python = environment / "bin" / "python"
    run(sys.executable, "-m", "pip", "--python", python, "install", "--no-deps", "--no-index", wheel)
    packages = sysconfig.get_path("purelib", vars={"base": str(environment)})
    (Path(packages) / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    return python.parent


def run(*program: str | Path) -> None:
    ran = subprocess.run(program, capture_output=True, text=True, check=False)  # noqa: S603 what this file says
    assert ran.returncode == 0, ran.stdout + ran.stderr


class DemoProcess:
    def __init__(self, process: asyncio.subprocess.Process, directory: Path) -> None:
        self._process = process
        self._endpoints = directory / "endpoints.json"

    async def is_on(self) -> dict[str, Any]:
        """Waits for the table; what the file of endpoints says."""
        assert self._process.stdout is not None
        said = []
        async with asyncio.timeout(100):
            async for line in self._process.stdout:
                if b"Ctrl-C stops it" in line:
                    return self.endpoints()
                said.append(line.decode())
        raise AssertionError("".join(["the demo ended, and had said:\n", *said]))

    def endpoints(self) -> dict[str, Any]:
        endpoints: dict[str, Any] = json.loads(self._endpoints.read_text())
        return endpoints

    async def is_killed(self) -> None:
        self._process.kill()
        await self._process.wait()
        self._endpoints.unlink()

    async def is_stopped(self) -> int:
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGINT)
        await asyncio.wait_for(self._process.communicate(), 30)
        assert not self._endpoints.exists()
        assert self._process.returncode is not None
        return self._process.returncode


async def started(programs: Path, directory: Path, port_base: int) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(str(programs / "veilleuse"), "demo", "--directory", str(directory), "--port-base", str(port_base)),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        cwd=directory,
        env={"PATH": str(programs), "PYTHONUNBUFFERED": "1"},
    )


@asynccontextmanager
async def demo(programs: Path, directory: Path, port_base: int) -> AsyncIterator[DemoProcess]:
    process = await started(programs, directory, port_base)
    running = DemoProcess(process, directory)
    try:
        yield running
    finally:
        await running.is_stopped()


@pytest.fixture(scope="module")
async def on(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[DemoProcess]:
    """A demo that several look at."""
    async with demo(installed, tmp_path_factory.mktemp("demo"), free_ports(PORTS)) as running:
        await running.is_on()
        yield running


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


def test_the_wheel_has_every_file_of_the_packages_and_what_an_operator_adapts(wheel: Path) -> None:
    files = (path for package in PACKAGES for path in (SOURCE / package).rglob("*") if path.is_file())
    names = {path.relative_to(SOURCE).as_posix() for path in files if "__pycache__" not in path.parts}
    wanted = {name for name in names if not name.startswith(NOT_INSTALLED) and ".egg-info/" not in name}
    with ZipFile(wheel) as archive:
        held = set(archive.namelist())
    assert wanted == {name for name in held if name.startswith(PACKAGES)}
    assert {"guest_portal/static/manifest.json", "appservice/routing_data/communes.csv"} < wanted
    shared = {name.partition("/data/share/veilleuse/")[2] for name in held} - {""}
    assert shared == {"config.example.yaml"} | {f"deployment/{path.name}" for path in DEPLOYMENT.iterdir()}


async def test_the_page_is_that_of_the_wheel(on: DemoProcess) -> None:
    portal = on.endpoints()["portal"].rstrip("/")
    async with aiohttp.ClientSession() as client, client.get(portal) as answer:
        named = set(re.findall(r"/assets/[0-9A-Z.a-z]+", await answer.text()))
    assert {Path(name).suffix for name in named} == {".css", ".js", ".wasm"}
    assert await answers(*(portal + name for name in named))


async def test_an_element_pointed_at_the_homeserver_finds_its_way(on: DemoProcess) -> None:
    endpoints = on.endpoints()
    async with aiohttp.ClientSession() as client:
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


async def test_a_process_that_dies_is_started_again_and_the_file_tells_its_new_number(on: DemoProcess) -> None:
    before = on.endpoints()
    for name in ("portal", "appservice", "synapse"):
        os.kill(before["processes"][name], signal.SIGKILL)
        await until(lambda name=name: on.endpoints()["processes"][name] != before["processes"][name])  # type: ignore[misc]
    assert await answers(before["portal"], before["appservice"]["health"])


async def test_the_demo_comes_back_the_same_and_leaves_nothing_running_stopped_or_killed(
    installed: Path, tmp_path: Path
) -> None:
    port_base = free_ports(PORTS)
    async with demo(installed, tmp_path, port_base) as running:
        first = await running.is_on()
        assert first.keys() == ENDPOINTS
        assert await answers(
            first["portal"], first["homeserver"] + "/_matrix/client/versions", first["appservice"]["health"]
        )
        pids = list(first["processes"].values())
        assert all(is_running(pid) for pid in pids)
    assert not any(is_running(pid) for pid in pids)
    async with demo(installed, tmp_path, port_base) as running:
        second = await running.is_on()
        await running.is_killed()
        await until(lambda: not any(is_running(pid) for pid in second["processes"].values()))
    unchanged = ENDPOINTS - {"processes"}
    assert {key: second[key] for key in unchanged} == {key: first[key] for key in unchanged}


async def test_an_occupied_port_is_told_and_nothing_is_left_running(installed: Path, tmp_path: Path) -> None:
    port_base = free_ports(PORTS)
    server = await asyncio.start_server(lambda *_: None, "127.0.0.1", port_base + 1)
    process = await started(installed, tmp_path, port_base)
    said, _ = await asyncio.wait_for(process.communicate(), 30)
    server.close()
    assert process.returncode == 2
    assert str(port_base + 1) in said.decode()
    assert "Traceback" not in said.decode()
    assert not (tmp_path / "endpoints.json").exists()
