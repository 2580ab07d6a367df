"""The reverse proxy before a scaled installation: the nginx that the machine has."""

import os
import pwd
import resource
import shutil
import subprocess
from pathlib import Path

from appservice.embedded.nginx_conf import Proxied, nginx_configuration
from appservice.embedded.process import Command, ManagedProcess, ProcessFailed, answers_at
from appservice.files import private_file

_MISSING = "nginx is needed, and is not there. On Debian: apt-get install nginx-light."
_DEBIANS_PLACE = "/usr/sbin"
"""Which is not in everybody's PATH."""

_ENOUGH_FILES = 65_536


class EmbeddedNginx(ManagedProcess):
    """Answers where people and clients look for the portal and the homeserver; see `nginx_configuration`."""

    def __init__(self, directory: Path, proxied: Proxied) -> None:
        """Writes the configuration. Raises `ProcessFailed` if there is no nginx, and none can be installed."""
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        file = directory.resolve() / "nginx.conf"
        with private_file(file) as written:
            written.write(nginx_configuration(proxied, file.parent, _own_name_as_root(), _files_allowed()))
        super().__init__(
            Command(
                name="nginx",
                argv=(_program(), "-e", str(file.parent / "error.log"), "-p", str(file.parent), "-c", str(file)),
                directory=directory,
                port=proxied.portal,
                health=answers_at(f"http://127.0.0.1:{proxied.portal}/health"),
                output=directory / "nginx.out",
                further_logs=(directory / "error.log",),
            )
        )


def _program() -> str:
    """Where nginx is. As root on Debian it is installed where it is missing."""
    places = os.pathsep.join((os.environ.get("PATH", ""), _DEBIANS_PLACE))
    found = shutil.which("nginx", path=places)
    if found is None and os.geteuid() == 0 and (apt := shutil.which("apt-get")):
        print("Installing nginx …", flush=True)
        for words in (["update", "-qq"], ["install", "-y", "-qq", "--no-install-recommends", "nginx-light"]):
            ran = subprocess.run([apt, *words], capture_output=True, text=True, check=False)  # noqa: S603 Debian's own
            if ran.returncode != 0:
                raise ProcessFailed(f"{_MISSING}\napt-get {words[0]} said:\n{ran.stderr}")
        found = shutil.which("nginx", path=places)
    if found is None:
        raise ProcessFailed(_MISSING)
    return found


def _files_allowed() -> int:
    _, allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    return _ENOUGH_FILES if allowed == resource.RLIM_INFINITY else min(allowed, _ENOUGH_FILES)


def _own_name_as_root() -> str | None:
    """Started by root, nginx would hand its work to a user who may not see the demo's directory."""
    return pwd.getpwuid(0).pw_name if os.geteuid() == 0 else None
