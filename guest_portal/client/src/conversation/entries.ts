/** The timeline as a value: each function returns a new state, or the same if nothing has changed. */
import type { ConversationState, Delivery, Entry, NoticeKind } from "./state";

export function append(state: ConversationState, entry: Entry): ConversationState {
  return { ...state, timeline: [...state.timeline, entry] };
}

export function has(state: ConversationState, key: string): boolean {
  return state.timeline.some((entry) => entry.key === key);
}

/** The entry under `key` as `update` makes it. */
export function change(state: ConversationState, key: string, update: (entry: Entry) => Entry): ConversationState {
  const index = state.timeline.findIndex((entry) => entry.key === key);
  const before = state.timeline[index];
  const after = before && update(before);
  if (after === undefined || after === before) {
    return state;
  }
  const timeline = [...state.timeline];
  timeline[index] = after;
  return { ...state, timeline };
}

/** What the server has is sent: no later news of a lost answer takes that back. */
export function deliver(state: ConversationState, key: string, delivery: Delivery): ConversationState {
  return change(state, key, (entry) =>
    entry.kind === "own" && entry.delivery !== "sent" ? { ...entry, delivery } : entry,
  );
}

export function withNotice(
  state: ConversationState,
  notice: NoticeKind,
  name: string | null = null,
  to: string | null = null,
): ConversationState {
  return append(state, { kind: "notice", key: `notice-${noticesIn(state) + 1}`, notice, name, to });
}

/** Notices are never removed, so that their number makes a key. */
function noticesIn(state: ConversationState): number {
  return state.timeline.filter((entry) => entry.kind === "notice").length;
}

/** What waits its turn is on its way as soon as somebody is there to read it; until then it is held. */
export function queued(state: ConversationState): Delivery {
  return state.phase === "connected" ? "sending" : "held";
}

export function onTheWay(timeline: readonly Entry[]): readonly Entry[] {
  return timeline.map((entry) =>
    entry.kind === "own" && entry.delivery === "held" ? { ...entry, delivery: "sending" } : entry,
  );
}

export function held(timeline: readonly Entry[]): readonly Entry[] {
  return timeline.map((entry) =>
    entry.kind === "own" && entry.delivery === "sending" ? { ...entry, delivery: "held" } : entry,
  );
}

export function eventIdOf(entry: Entry): string | null {
  return entry.kind === "own" ? entry.eventId : entry.key;
}
