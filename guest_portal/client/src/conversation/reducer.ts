import { held, onTheWay, withNotice } from "./entries";
import type { ConversationEvent } from "./events";
import { reduceMessage } from "./reduce-messages";
import { reducePeople } from "./reduce-people";
import { reduceProposal } from "./reduce-proposals";
import { type ConversationState, INITIAL_STATE } from "./state";

/** What an ended conversation still takes in: the way out of it, and what concerns words that were on their way. */
const TAKEN_AFTER_THE_END: ReadonlySet<ConversationEvent["type"]> = new Set([
  "closed",
  "failed",
  "message-sent",
  "message-sealed",
  "message-received",
  "message-edited",
  "message-removed",
  "answer-confirmed",
  "network-lost",
  "network-restored",
]);

/**
 * The state after `event`. Pure. What comes late to a conversation that is closed or failed changes nothing: no text
 * ever comes back to the screen.
 */
export function reduce(state: ConversationState, event: ConversationEvent): ConversationState {
  if (state.phase === "closed" && event.type === "departure-confirmed") {
    return { ...state, departureConfirmed: true };
  }
  if ((state.phase === "closed" || state.phase === "ended") && event.type === "feedback") {
    return { ...state, feedback: event.stage };
  }
  if (state.failure === "unavailable" && event.type === "opening-started") {
    return { ...INITIAL_STATE, phase: "opening" };
  }
  if (state.phase === "closed" || state.phase === "failed") {
    return state;
  }
  if (state.phase === "ended" && !TAKEN_AFTER_THE_END.has(event.type)) {
    return state;
  }
  return (
    reduceMessage(state, event) ??
    reducePeople(state, event) ??
    reduceProposal(state, event) ??
    reduceCourse(state, event) ??
    state
  );
}

/** What changes the course of the conversation; null for anything else. */
function reduceCourse(state: ConversationState, event: ConversationEvent): ConversationState | null {
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
      return { ...INITIAL_STATE, phase: "waiting", reference: event.reference };
    case "failed":
      return { ...INITIAL_STATE, phase: "failed", failure: event.failure };
    case "ended-by-agent":
      return {
        ...state,
        phase: "ended",
        audience: null,
        agentTyping: false,
        passingOn: null,
        timeline: held(state.timeline),
      };
    case "closed":
      return {
        ...INITIAL_STATE,
        phase: "closed",
        departureConfirmed: event.departureConfirmed,
        feedback: state.feedback,
      };
    case "placed":
      return state.audience === null ? { ...state, place: event.place } : state;
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
      return withNotice(state, event.notice, event.name ?? null);
    default:
      return null;
  }
}
