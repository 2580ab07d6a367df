import type { GuestIdentity, Json, JsonObject, RoomEvent } from "./ports";

const MEGOLM = "m.megolm.v1.aes-sha2";

type Member = { readonly joined: boolean; readonly displayName: string | null };

/** What the guest's room is, as far as its state has been seen. */
export type Room = {
  readonly encrypted: boolean;
  /** The agent whom the warden has named, there or not. */
  readonly claimedBy: string | null;
  /** Everybody whom the warden has ever named: whose messages are shown. */
  readonly interlocutors: ReadonlySet<string>;
  readonly members: ReadonlyMap<string, Member>;
  /** Whether the homeserver lets the guest send encrypted events. */
  readonly mayWrite: boolean;
};

export const UNKNOWN_ROOM: Room = {
  encrypted: false,
  claimedBy: null,
  interlocutors: new Set(),
  members: new Map(),
  mayWrite: false,
};

/** The room after a state event. What is no state, or not understood, changes nothing. */
export function applyState(room: Room, event: RoomEvent, guest: GuestIdentity): Room {
  if (event.stateKey === null) {
    return room;
  }
  if (event.type === "m.room.member") {
    return withMember(room, event.stateKey, event.content);
  }
  if (event.stateKey !== "") {
    return room;
  }
  switch (event.type) {
    case "m.room.encryption":
      return { ...room, encrypted: event.content.algorithm === MEGOLM };
    case "m.room.power_levels":
      return { ...room, mayWrite: guestPower(event.content, guest) >= powerToWrite(event.content) };
    case "org.veilleuse.claim":
      return event.sender === guest.warden ? withClaim(room, event.content, guest) : room;
    default:
      return room;
  }
}

/** The agent to talk to: named by the warden, joined, in an encrypted room. null: nobody. */
export function agentIn(room: Room): string | null {
  const agent = room.claimedBy;
  return agent !== null && room.encrypted && room.members.get(agent)?.joined ? agent : null;
}

export function nameOf(room: Room, user: string): string | null {
  return room.members.get(user)?.displayName ?? null;
}

export function hasLeft(room: Room, user: string): boolean {
  return room.members.get(user)?.joined === false;
}

function withClaim(room: Room, content: JsonObject, guest: GuestIdentity): Room {
  const agent = content.agent;
  if (typeof agent !== "string" || agent === guest.userId || agent === guest.warden) {
    return { ...room, claimedBy: null };
  }
  return { ...room, claimedBy: agent, interlocutors: new Set([...room.interlocutors, agent]) };
}

function withMember(room: Room, user: string, content: JsonObject): Room {
  const membership = content.membership;
  if (membership === "invite" || membership === "knock") {
    return room;
  }
  const name = content.displayname;
  const member = { joined: membership === "join", displayName: typeof name === "string" ? shownName(name) : null };
  return { ...room, members: new Map([...room.members, [user, member]]) };
}

/** A name fit to be shown: no Matrix id, nothing invisible, nothing that turns the writing direction; else null. */
function shownName(name: string): string | null {
  const shown = name.replace(/[\p{Cc}\p{Cf}\p{Co}]/gu, "").trim();
  return shown === "" || /^@.*:/.test(shown) ? null : shown.slice(0, 60);
}

/** Defaults as in the Matrix specification, `m.room.power_levels`. */
function powerToWrite(levels: JsonObject): number {
  return level(member(levels.events, "m.room.encrypted")) ?? level(levels.events_default) ?? 0;
}

function guestPower(levels: JsonObject, guest: GuestIdentity): number {
  return level(member(levels.users, guest.userId)) ?? level(levels.users_default) ?? 0;
}

function member(value: Json | undefined, key: string): Json | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject)[key] : undefined;
}

function level(value: Json | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}
