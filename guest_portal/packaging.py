"""What pyproject.toml cannot say: no package is made without the page. Where it is installed nothing could build it."""

from pathlib import Path

from setuptools.command.build_py import build_py
from setuptools.command.sdist import sdist
from setuptools.errors import SetupError

_PAGE = Path(__file__).parent / "static" / "manifest.json"


def _need_the_page() -> None:
    if not _PAGE.exists():
        raise SetupError("The page is not built: run `make dist`, or `make page` first.")


class WheelWithThePage(build_py):
    def run(self) -> None:
        if not self.editable_mode:
            _need_the_page()
        super().run()


class SourcesWithThePage(sdist):
    def run(self) -> None:
        _need_the_page()
        super().run()
