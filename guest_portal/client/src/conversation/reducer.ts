import type { ConversationEvent } from "./events";
import {
  type ConversationState,
  type Delivery,
  type Entry,
  INITIAL_STATE,
  type NoticeKind,
  type ReceivedMessage,
} from "./state";

/**
 * The state after `event`. Pure. What comes late to a conversation that is closed or failed changes nothing: no text
 * ever comes back to the screen.
 */
export function reduce(state: ConversationState, event: ConversationEvent): ConversationState {
  if (state.phase === "closed" && event.type === "departure-confirmed") {
    return { ...state, departureConfirmed: true };
  }
  if (state.phase === "closed" || state.phase === "failed") {
    return state;
  }
  return reduceMessage(state, event) ?? reduceCourse(state, event);
}

/** What changes the course of the conversation. */
function reduceCourse(state: ConversationState, event: ConversationEvent): ConversationState {
  switch (event.type) {
    case "opening-started":
      return { ...INITIAL_STATE, phase: "opening" };
    case "form-refused":
      return { ...INITIAL_STATE, formRefused: true };
    case "commune-asked":
      return { ...INITIAL_STATE, communes: event.communes };
    case "postal-code-edited":
      return state.communes.length === 0 ? state : { ...state, communes: [] };
    case "opened":
      return { ...state, phase: "waiting", reference: event.reference };
    case "failed":
      return { ...INITIAL_STATE, phase: "failed", failure: event.failure };
    case "closed":
      return { ...INITIAL_STATE, phase: "closed", departureConfirmed: event.departureConfirmed };
    case "agent-joined":
      return withNotice({ ...state, agentPresent: true, agentName: event.name }, "agent-joined", event.name);
    case "agent-renamed":
      return state.agentName === event.name ? state : { ...state, agentName: event.name };
    case "agent-left":
      return withNotice(withoutAgent(state), "agent-left", state.agentName);
    case "connected":
      return { ...state, phase: "connected", timeline: onTheWay(state.timeline) };
    case "connection-unsealed":
      return { ...state, phase: "waiting", timeline: held(state.timeline) };
    case "agent-typing":
      return state.agentTyping === event.typing ? state : { ...state, agentTyping: event.typing };
    case "network-lost":
      return state.reconnecting ? state : { ...state, reconnecting: true };
    case "network-restored":
      return state.reconnecting ? { ...state, reconnecting: false } : state;
    case "noticed":
      return withNotice(state, event.notice, null);
    default:
      return state;
  }
}

/** What concerns one message; null for anything else. */
function reduceMessage(state: ConversationState, event: ConversationEvent): ConversationState | null {
  switch (event.type) {
    case "message-written":
      return append(state, { kind: "own", key: event.key, text: event.text, delivery: queued(state), eventId: null });
    case "message-sending":
      return deliver(state, event.key, "sending");
    case "message-held":
      return deliver(state, event.key, "held");
    case "message-refused":
      return deliver(state, event.key, "failed");
    case "message-sent":
      return change(state, event.key, (entry) =>
        entry.kind === "own" ? { ...entry, delivery: "sent", eventId: event.eventId } : entry,
      );
    case "message-retried":
      return retry(state, event.key);
    case "message-sealed":
      return has(state, event.eventId) ? state : append(state, { kind: "sealed", key: event.eventId });
    case "message-received":
      return receive(state, {
        kind: "received",
        key: event.eventId,
        author: event.author,
        text: event.text,
        edited: false,
      });
    case "message-edited":
      return change(state, event.eventId, (entry) =>
        entry.kind === "received" && entry.author === event.author
          ? { ...entry, text: event.text, edited: true }
          : entry,
      );
    case "message-removed":
      return { ...state, timeline: state.timeline.filter((entry) => eventIdOf(entry) !== event.eventId) };
    default:
      return null;
  }
}

function append(state: ConversationState, entry: Entry): ConversationState {
  return { ...state, timeline: [...state.timeline, entry] };
}

function has(state: ConversationState, key: string): boolean {
  return state.timeline.some((entry) => entry.key === key);
}

function change(state: ConversationState, key: string, update: (entry: Entry) => Entry): ConversationState {
  if (!has(state, key)) {
    return state;
  }
  return { ...state, timeline: state.timeline.map((entry) => (entry.key === key ? update(entry) : entry)) };
}

/** What the server has is sent: no later news of a lost answer takes that back. */
function deliver(state: ConversationState, key: string, delivery: Delivery): ConversationState {
  return change(state, key, (entry) =>
    entry.kind === "own" && entry.delivery !== "sent" ? { ...entry, delivery } : entry,
  );
}

/** A message sent anew stands where it will arrive: last. */
function retry(state: ConversationState, key: string): ConversationState {
  const refused = state.timeline.find((entry) => entry.key === key);
  if (refused?.kind !== "own" || refused.delivery !== "failed") {
    return state;
  }
  const others = state.timeline.filter((entry) => entry !== refused);
  return { ...state, timeline: [...others, { ...refused, delivery: queued(state) }] };
}

/** Takes the place that was kept if the message arrived sealed. Never shows an event twice. */
function receive(state: ConversationState, message: ReceivedMessage): ConversationState {
  const quiet = { ...state, agentTyping: false };
  return has(state, message.key)
    ? change(quiet, message.key, (entry) => (entry.kind === "sealed" ? message : entry))
    : append(quiet, message);
}

function withNotice(state: ConversationState, notice: NoticeKind, name: string | null): ConversationState {
  return append(state, { kind: "notice", key: `notice-${noticesIn(state) + 1}`, notice, name });
}

/** Notices are never removed, so that their number makes a key. */
function noticesIn(state: ConversationState): number {
  return state.timeline.filter((entry) => entry.kind === "notice").length;
}

function withoutAgent(state: ConversationState): ConversationState {
  return {
    ...state,
    phase: "waiting",
    agentPresent: false,
    agentName: null,
    agentTyping: false,
    timeline: held(state.timeline),
  };
}

/** What waits its turn is on its way as soon as somebody is there to read it; until then it is held. */
function queued(state: ConversationState): Delivery {
  return state.phase === "connected" ? "sending" : "held";
}

function onTheWay(timeline: readonly Entry[]): readonly Entry[] {
  return timeline.map((entry) =>
    entry.kind === "own" && entry.delivery === "held" ? { ...entry, delivery: "sending" } : entry,
  );
}

function held(timeline: readonly Entry[]): readonly Entry[] {
  return timeline.map((entry) =>
    entry.kind === "own" && entry.delivery === "sending" ? { ...entry, delivery: "held" } : entry,
  );
}

function eventIdOf(entry: Entry): string | null {
  return entry.kind === "own" ? entry.eventId : entry.key;
}
