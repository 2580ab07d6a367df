import { append, change, deliver, eventIdOf, has, queued, withNotice } from "./entries";
import type { ConversationEvent } from "./events";
import { readersOf } from "./people";
import type { ConversationState, Entry, ReceivedMessage } from "./state";

/** What concerns one message; null for anything else. */
export function reduceMessage(state: ConversationState, event: ConversationEvent): ConversationState | null {
  switch (event.type) {
    case "message-written": {
      const { key, text, at } = event;
      const delivery = queued(state);
      return append(state, { kind: "own", key, text, at, delivery, eventId: null, heardBy: [], removing: false });
    }
    case "message-sending":
      return deliver(state, event.key, "sending");
    case "message-held":
      return deliver(state, event.key, "held");
    case "message-refused":
      return withoutPart(deliver(state, event.key, "failed"), event.key, false);
    case "message-sent":
      return withoutPart(
        change(state, event.key, (entry) =>
          entry.kind === "own" ? { ...entry, delivery: "sent", eventId: event.eventId, heardBy: event.readers } : entry,
        ),
        event.key,
        true,
      );
    case "message-retried":
      return retry(state, event.key);
    case "message-sealed":
      return has(state, event.eventId)
        ? state
        : append(state, { kind: "sealed", key: event.eventId, heardBy: readersOf(state.audience) });
    case "message-received": {
      const { eventId: key, author, authorName, text, cut, at } = event;
      const heardBy = readersOf(state.audience);
      return receive(state, { kind: "received", key, author, authorName, text, cut, at, edited: false, heardBy });
    }
    case "message-edited":
      return change(state, event.eventId, (entry) =>
        entry.kind === "received" && entry.author === event.author
          ? { ...entry, text: event.text, cut: event.cut, edited: true }
          : entry,
      );
    case "message-removed":
      return state.timeline.some((entry) => eventIdOf(entry) === event.eventId)
        ? { ...state, timeline: state.timeline.filter((entry) => eventIdOf(entry) !== event.eventId) }
        : state;
    case "removal-asked":
    case "removal-refused":
      return change(state, event.key, (entry) =>
        entry.kind === "own" ? { ...entry, removing: event.type === "removal-asked" } : entry,
      );
    default:
      return null;
  }
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
    ? change(quiet, message.key, (entry) => (entry.kind === "sealed" ? { ...message, heardBy: entry.heardBy } : entry))
    : append(quiet, message);
}

/** One part of the recapitulation less to send. Once all have arrived, the agent has heard what was said before. */
function withoutPart(state: ConversationState, key: string, arrived: boolean): ConversationState {
  const { passingOn, audience } = state;
  if (passingOn?.stage !== "sending" || !passingOn.waiting.includes(key) || audience === null) {
    return state;
  }
  if (!arrived) {
    return withNotice({ ...state, passingOn: { stage: "asked" } }, "passing-on-failed", audience.agent.name);
  }
  const waiting = passingOn.waiting.filter((other) => other !== key);
  if (waiting.length > 0) {
    return { ...state, passingOn: { ...passingOn, waiting } };
  }
  const timeline = state.timeline.map((entry) => heardAlsoBy(entry, audience.agent.id));
  return withNotice({ ...state, passingOn: null, timeline }, "passed-on", audience.agent.name);
}

function heardAlsoBy(entry: Entry, agent: string): Entry {
  return (entry.kind === "own" && entry.eventId !== null) || entry.kind === "received"
    ? { ...entry, heardBy: [...entry.heardBy, agent] }
    : entry;
}
