"""Identifiers. Each is a string of its own type, so that one cannot be passed for another."""

from typing import NewType

SignalementId = NewType("SignalementId", str)
"""Random, internal to this service; unrelated to the room or the guest."""

Reference = NewType("Reference", str)
"""What people say aloud: four characters, a dash, two digits, like `K7QM-42`."""

DeskId = NewType("DeskId", str)
"""A desk's name in the configuration: lower-case letters, digits and dashes."""

UserId = NewType("UserId", str)
"""A Matrix user id, `@localpart:server`."""

RoomId = NewType("RoomId", str)
"""A Matrix room id; since room version 12 it carries no server name."""

EventId = NewType("EventId", str)
"""A Matrix event id."""

ProposalId = NewType("ProposalId", str)
"""Random; the guest's answer names the proposal by it."""

# Names that the registration reserves for this service: nobody else can take them.
WARDEN_LOCALPART = "veilleuse"
GUEST_PREFIX = "veilleuse_guest_"
BOT_PREFIX = "veilleuse_desk_"
AUDIT_BOT_LOCALPART = "veilleuse_audit"
