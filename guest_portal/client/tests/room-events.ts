/** The events of the guest's room, as the homeserver would bring them. */
import type { GuestIdentity, JsonObject, RoomEvent } from "../src/conversation/ports";

export const GUEST: GuestIdentity = {
  userId: "@guest:test",
  deviceId: "DEVICE",
  roomId: "!room",
  warden: "@warden:test",
};

let events = 0;

function event(part: Partial<RoomEvent> & Pick<RoomEvent, "type" | "sender" | "content">): RoomEvent {
  events += 1;
  const at = new Date(2026, 10, 27, 21, 30).getTime();
  return { eventId: `$${events}`, stateKey: null, transactionId: null, redacts: null, json: "{}", at, ...part };
}

export function encryption(algorithm = "m.megolm.v1.aes-sha2"): RoomEvent {
  return event({ type: "m.room.encryption", sender: GUEST.warden, stateKey: "", content: { algorithm } });
}

export function joined(user: string, displayname: string | null = null): RoomEvent {
  const content = { membership: "join", ...(displayname === null ? {} : { displayname }) };
  return event({ type: "m.room.member", sender: user, stateKey: user, content });
}

export function left(user: string): RoomEvent {
  return event({ type: "m.room.member", sender: user, stateKey: user, content: { membership: "leave" } });
}

/** `listeners`: their names by their ids. */
export function claim(
  agent: string,
  name: string | null = null,
  listeners: Readonly<Record<string, string>> = {},
  sender = GUEST.warden,
): RoomEvent {
  const content = {
    agent,
    ...(name === null ? {} : { name }),
    listeners: Object.entries(listeners).map(([id, listener]) => ({ agent: id, name: listener })),
  };
  return event({ type: "org.veilleuse.claim", sender, stateKey: "", content });
}

export function unclaimed(content: JsonObject = {}): RoomEvent {
  return event({ type: "org.veilleuse.claim", sender: GUEST.warden, stateKey: "", content });
}

export function ended(sender = GUEST.warden): RoomEvent {
  return event({ type: "org.veilleuse.closed", sender, stateKey: "", content: {} });
}

export const STATION = {
  kind: "complaint",
  name: "Brigade de Rambouillet",
  address: "1 rue de la Paix, 78120 Rambouillet",
  phone: "01 23 45 67 89",
  hours: ["lun-ven 8:00-12:00"],
  call_first: true,
  source: "Service-Public.gouv.fr / DILA",
  as_of: "2016-02-11",
  has_desk: false,
};

export function proposal(id: string, content: JsonObject = STATION, sender = GUEST.warden): RoomEvent {
  return event({ type: "org.veilleuse.orientation", sender, stateKey: id, content });
}

export function answered(content: JsonObject, sender = GUEST.userId): RoomEvent {
  return event({ type: "org.veilleuse.answer", sender, stateKey: GUEST.userId, content });
}

/** The power that encrypted events need; the guest has none. */
export function power(level: number): RoomEvent {
  const content = { users_default: 0, events_default: 100, events: { "m.room.encrypted": level } };
  return event({ type: "m.room.power_levels", sender: GUEST.warden, stateKey: "", content });
}

export function message(sender: string, body: string, part: Partial<RoomEvent> = {}): RoomEvent {
  const content = { ciphertext: `sealed ${body}`, opened: { msgtype: "m.text", body } };
  return event({ type: "m.room.encrypted", sender, content, ...part });
}

export function edit(sender: string, target: string, body: string): RoomEvent {
  const opened = {
    msgtype: "m.text",
    body: `* ${body}`,
    "m.new_content": { msgtype: "m.text", body },
    "m.relates_to": { rel_type: "m.replace", event_id: target },
  };
  return event({ type: "m.room.encrypted", sender, content: { ciphertext: `sealed edit ${body}`, opened } });
}

export function echo(transactionId: string, eventId: string): RoomEvent {
  return event({
    type: "m.room.encrypted",
    sender: GUEST.userId,
    eventId,
    transactionId,
    content: { ciphertext: "own" },
  });
}

export function redaction(redacts: string, sender = GUEST.warden): RoomEvent {
  return event({ type: "m.room.redaction", sender, redacts, content: { redacts } });
}
