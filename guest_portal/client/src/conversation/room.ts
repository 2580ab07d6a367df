import { type Absence, type Audience, type Person, shownName } from "./people";
import type { GuestIdentity, Json, JsonObject, RoomEvent } from "./ports";

const MEGOLM = "m.megolm.v1.aes-sha2";
const MOST_LISTENERS = 10;

/** What the guest's room is, as far as its state has been seen. */
export type Room = {
  readonly encrypted: boolean;
  /** The agent whom the warden has named, there or not. */
  readonly claimedBy: Person | null;
  /** The second listeners whom the warden has named, there or not. */
  readonly listeners: readonly Person[];
  /** Why nobody is named, where the warden says so. */
  readonly absence: Absence | null;
  /** The names of everybody whom the warden has ever named: whose messages are shown. */
  readonly named: ReadonlyMap<string, string | null>;
  readonly joined: ReadonlySet<string>;
  /** Whether the guest itself has been seen to be out. */
  readonly guestLeft: boolean;
  /** Whether the homeserver lets the guest send encrypted events. */
  readonly mayWrite: boolean;
  /** Whether the agent has ended the conversation. */
  readonly closed: boolean;
};

export const UNKNOWN_ROOM: Room = {
  encrypted: false,
  claimedBy: null,
  listeners: [],
  absence: null,
  named: new Map(),
  joined: new Set(),
  guestLeft: false,
  mayWrite: false,
  closed: false,
};

/** The room after a state event. What is no state, or not understood, or not of whom it must be, changes nothing. */
export function applyState(room: Room, event: RoomEvent, guest: GuestIdentity): Room {
  if (event.stateKey === null) {
    return room;
  }
  if (event.type === "m.room.member") {
    return withMember(room, event.stateKey, event.content, guest);
  }
  return event.stateKey === "" ? withRule(room, event, guest) : room;
}

function withRule(room: Room, event: RoomEvent, guest: GuestIdentity): Room {
  const ofWarden = event.sender === guest.warden;
  switch (event.type) {
    case "m.room.encryption":
      return { ...room, encrypted: event.content.algorithm === MEGOLM };
    case "m.room.power_levels":
      return { ...room, mayWrite: guestPower(event.content, guest) >= powerToWrite(event.content) };
    case "org.veilleuse.claim":
      return ofWarden ? withClaim(room, event.content, guest) : room;
    case "org.veilleuse.closed":
      return ofWarden ? { ...room, closed: true } : room;
    default:
      return room;
  }
}

/** Who reads: the named agent, and the named listeners, who are joined, in an encrypted room. null: no agent. */
export function audienceIn(room: Room): Audience | null {
  const agent = room.claimedBy;
  return agent !== null && room.encrypted && room.joined.has(agent.id)
    ? { agent, listeners: room.listeners.filter(({ id }) => room.joined.has(id)) }
    : null;
}

/** Who is there and was never introduced: joined, and neither the guest, nor the warden, nor named now. */
export function strangersIn(room: Room, guest: GuestIdentity): readonly string[] {
  const known = new Set([guest.userId, guest.warden, room.claimedBy?.id, ...room.listeners.map(({ id }) => id)]);
  return [...room.joined].filter((user) => !known.has(user));
}

function withClaim(room: Room, content: JsonObject, guest: GuestIdentity): Room {
  const claimedBy = person(content, guest);
  const listed = Array.isArray(content.listeners) ? content.listeners.slice(0, MOST_LISTENERS) : [];
  const listeners = (claimedBy === null ? [] : listed)
    .map((listener) => person(listener, guest))
    .filter((listener): listener is Person => listener !== null && listener.id !== claimedBy?.id);
  const named = new Map(room.named);
  for (const { id, name } of claimedBy === null ? [] : [claimedBy, ...listeners]) {
    named.set(id, name);
  }
  return { ...room, claimedBy, listeners, absence: claimedBy === null ? absence(content) : null, named };
}

/** Neither the guest nor the warden can be anybody's interlocutor. */
function person(value: Json | undefined, guest: GuestIdentity): Person | null {
  const id = member(value, "agent");
  if (typeof id !== "string" || id === "" || id === guest.userId || id === guest.warden) {
    return null;
  }
  return { id, name: shownName(member(value, "name")) };
}

function absence(content: JsonObject): Absence | null {
  switch (content.reason) {
    case "handed_over":
      return { reason: "handed-over", to: shownName(content.to) };
    case "agent_away":
      return { reason: "agent-away", to: null };
    default:
      return null;
  }
}

function withMember(room: Room, user: string, content: JsonObject, guest: GuestIdentity): Room {
  const membership = content.membership;
  if (membership === "invite" || membership === "knock") {
    return room;
  }
  const joined = new Set(room.joined);
  if (membership === "join") {
    joined.add(user);
  } else {
    joined.delete(user);
  }
  return { ...room, joined, guestLeft: user === guest.userId ? membership !== "join" : room.guestLeft };
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
