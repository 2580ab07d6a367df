"""What the doctor finds."""

from dataclasses import dataclass
from enum import Enum


class Severity(Enum):
    FAULT = "fault"
    """Something does not work, or a promise is broken."""
    WARNING = "warning"
    """It works, but not as it should in earnest."""


@dataclass(frozen=True, slots=True)
class Finding:
    """`check` is the name of what was examined, as in `synapse.presence`; `remedy` says what to do."""

    check: str
    what: str
    remedy: str
    severity: Severity = Severity.FAULT

    def __str__(self) -> str:
        return f"{self.severity.value.upper()} {self.check}: {self.what}\n    {self.remedy}"
