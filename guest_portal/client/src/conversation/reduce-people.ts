import { held, withNotice } from "./entries";
import type { ConversationEvent } from "./events";
import { type Absence, type Audience, areSameReaders, type Person } from "./people";
import { hasMissedSomething } from "./recap";
import type { ConversationState, Notice, NoticeKind } from "./state";

/** Who comes and goes, in plain words, and whether what was said is passed on; null for anything else. */
export function reducePeople(state: ConversationState, event: ConversationEvent): ConversationState | null {
  switch (event.type) {
    case "people-changed":
      return change(state, event.audience, event.absence);
    case "passing-on-declined":
      return decline(state);
    case "passing-on-started":
      return state.passingOn?.stage === "asked" && event.keys.length > 0
        ? { ...state, passingOn: { stage: "sending", waiting: event.keys, parts: event.keys.length } }
        : state;
    default:
      return null;
  }
}

function change(before: ConversationState, audience: Audience | null, absence: Absence | null): ConversationState {
  if (before.audience === null && audience === null) {
    return explained(before, absence);
  }
  const changed = { ...before, audience, absence, place: null, feedback: before.feedback ?? "asked" };
  if (areSameReaders(before.audience, audience)) {
    return changed;
  }
  return told(before, changed.audience?.agent.id === before.audience?.agent.id ? changed : withAgent(before, changed));
}

/** Another agent, or none: nothing of the former one stays. */
function withAgent(before: ConversationState, changed: ConversationState): ConversationState {
  const agent = changed.audience?.agent.id;
  const asks = agent !== undefined && !before.keptFrom.includes(agent) && hasMissedSomething(changed);
  return {
    ...changed,
    phase: "waiting",
    agentTyping: false,
    passingOn: asks ? { stage: "asked" } : null,
    timeline: held(changed.timeline),
  };
}

/** With a notice for everybody who came or went. */
function told(before: ConversationState, after: ConversationState): ConversationState {
  const [then, now] = [before.audience, after.audience];
  let state = after;
  if (then !== null && then.agent.id !== now?.agent.id) {
    const { kind, to } = departure(now, after.absence);
    state = withNotice(state, kind, then.agent.name, to);
  }
  if (now !== null && now.agent.id !== then?.agent.id) {
    state = withNotice(state, "agent-joined", now.agent.name);
  }
  for (const listener of missingFrom(now?.listeners, then?.listeners)) {
    state = withNotice(state, "listener-joined", listener.name);
  }
  for (const listener of missingFrom(then?.listeners, [...(now?.listeners ?? []), ...(now ? [now.agent] : [])])) {
    state = withNotice(state, "listener-left", listener.name);
  }
  return state;
}

/** Those of `people` who are not among `others`. */
function missingFrom(people: readonly Person[] = [], others: readonly Person[] = []): readonly Person[] {
  return people.filter(({ id }) => others.every((other) => other.id !== id));
}

function departure(next: Audience | null, absence: Absence | null): { kind: NoticeKind; to: string | null } {
  if (next !== null) {
    return { kind: "agent-replaced", to: null };
  }
  switch (absence?.reason) {
    case "handed-over":
      return { kind: absence.to === null ? "handed-over" : "handed-over-to", to: absence.to };
    case "agent-away":
      return { kind: "agent-away", to: null };
    default:
      return { kind: "agent-left", to: null };
  }
}

/** The reason for an absence may come after it: then the departure that was told is told again with it, in place. */
function explained(before: ConversationState, absence: Absence | null): ConversationState {
  const state = { ...before, absence };
  const notices = before.timeline.filter((entry): entry is Notice => entry.kind === "notice");
  const [last] = notices.filter(({ notice }) => notice !== "listener-left").slice(-1);
  if (absence === null || last?.notice !== "agent-left") {
    return before.absence === absence ? before : state;
  }
  const { kind, to } = departure(null, absence);
  return {
    ...state,
    timeline: before.timeline.map((entry) => (entry === last ? { ...last, notice: kind, to } : entry)),
  };
}

function decline(state: ConversationState): ConversationState {
  if (state.passingOn?.stage !== "asked" || state.audience === null) {
    return state;
  }
  const { agent } = state.audience;
  const kept = { ...state, passingOn: null, keptFrom: [...state.keptFrom, agent.id] };
  return withNotice(kept, "not-passed-on", agent.name);
}
