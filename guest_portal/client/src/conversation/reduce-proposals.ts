import { append, change, has } from "./entries";
import type { ConversationEvent } from "./events";
import type { ConversationState, ProposalEntry } from "./state";

/** What concerns a complaint or an association; null for anything else. */
export function reduceProposal(state: ConversationState, event: ConversationEvent): ConversationState | null {
  switch (event.type) {
    case "proposed": {
      const { proposal } = event;
      const key = keyOf(proposal.id);
      return has(state, key)
        ? changed(state, proposal.id, (entry) => ({
            ...entry,
            proposal,
            stage: entry.stage === "withdrawn" ? "open" : entry.stage,
          }))
        : append(state, { kind: "proposal", key, proposal, stage: "open", wish: null });
    }
    case "proposal-withdrawn":
      return changed(state, event.id, (entry) => ({ ...entry, stage: "withdrawn" }));
    case "answer-given": {
      const { proposal, wish } = event.answer;
      return changed(state, proposal, (entry) => ({ ...entry, stage: "answering", wish }));
    }
    case "answer-confirmed": {
      const { proposal, accepted, wish } = event.answer;
      const stage = accepted ? "accepted" : "declined";
      return changed(state, proposal, (entry) =>
        entry.stage === "withdrawn" ? entry : { ...entry, stage, wish: accepted ? wish : null },
      );
    }
    case "answer-refused":
      return changed(state, event.id, (entry) => (entry.stage === "answering" ? { ...entry, stage: "open" } : entry));
    default:
      return null;
  }
}

function changed(
  state: ConversationState,
  id: string,
  update: (entry: ProposalEntry) => ProposalEntry,
): ConversationState {
  return change(state, keyOf(id), (entry) => (entry.kind === "proposal" ? update(entry) : entry));
}

/** Apart from those of events and of own messages. */
function keyOf(id: string): string {
  return `proposal ${id}`;
}
