import type { JsonObject, RoomEvent, RoomUpdate, SyncBatch } from "../conversation/ports";
import { isObject, objectIn, objectsIn, parseObject, textIn, textsIn } from "./parsing";

/** An answer of `/sync` (Client-Server API v1.11) as far as it concerns `roomId`. Raises `Unavailable` for no such answer. */
export function parseSync(body: string, roomId: string): SyncBatch {
  const answer = parseObject(body);
  const devices = objectIn(answer, "device_lists");
  const fallback = answer.device_unused_fallback_key_types;
  return {
    nextBatch: textIn(answer, "next_batch"),
    toDevice: objectsIn(objectIn(answer, "to_device"), "events"),
    devicesChanged: textsIn(devices, "changed"),
    devicesLeft: textsIn(devices, "left"),
    oneTimeKeyCounts: parseCounts(objectIn(answer, "device_one_time_keys_count")),
    unusedFallbackKeys: Array.isArray(fallback) ? new Set(textsIn(answer, "device_unused_fallback_key_types")) : null,
    room: parseRooms(objectIn(answer, "rooms"), roomId),
  };
}

function parseCounts(counts: JsonObject): ReadonlyMap<string, number> {
  return new Map(Object.entries(counts).flatMap(([kind, count]) => (typeof count === "number" ? [[kind, count]] : [])));
}

function parseRooms(rooms: JsonObject, roomId: string): RoomUpdate | null {
  const joined = objectIn(rooms, "join")[roomId];
  const left = objectIn(rooms, "leave")[roomId];
  if (isObject(left)) {
    return parseRoom("leave", left);
  }
  return isObject(joined) ? parseRoom("join", joined) : null;
}

function parseRoom(membership: "join" | "leave", room: JsonObject): RoomUpdate {
  const timeline = objectIn(room, "timeline");
  const typing = objectsIn(objectIn(room, "ephemeral"), "events").find((event) => event.type === "m.typing");
  return {
    membership,
    state: parseEvents(objectIn(room, "state")),
    timeline: parseEvents(timeline),
    limited: timeline.limited === true,
    typing: typing === undefined ? null : textsIn(objectIn(typing, "content"), "user_ids"),
  };
}

function parseEvents(holder: JsonObject): readonly RoomEvent[] {
  return objectsIn(holder, "events").flatMap((event) => {
    const { event_id: eventId, type, sender } = event as { event_id?: unknown; type?: unknown; sender?: unknown };
    return typeof eventId === "string" && typeof type === "string" && typeof sender === "string"
      ? [parseEvent(event, { eventId, type, sender })]
      : [];
  });
}

/** `redacts` is in the content since room version 11, and beside it before. */
function parseEvent(event: JsonObject, known: Pick<RoomEvent, "eventId" | "type" | "sender">): RoomEvent {
  const content = objectIn(event, "content");
  const stateKey = event.state_key;
  const transactionId = objectIn(event, "unsigned").transaction_id;
  const redacts = content.redacts ?? event.redacts;
  return {
    ...known,
    stateKey: typeof stateKey === "string" ? stateKey : null,
    content,
    at: typeof event.origin_server_ts === "number" ? event.origin_server_ts : 0,
    transactionId: typeof transactionId === "string" ? transactionId : null,
    redacts: typeof redacts === "string" ? redacts : null,
    json: JSON.stringify(event),
  };
}
