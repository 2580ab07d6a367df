"""The one question after a conversation, and its three answers."""

from enum import StrEnum


class Helped(StrEnum):
    YES = "yes"
    A_LITTLE = "a_little"
    NO = "no"
