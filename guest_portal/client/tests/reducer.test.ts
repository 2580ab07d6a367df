import { describe, expect, it } from "vitest";
import type { ConversationEvent } from "../src/conversation/events";
import { reduce } from "../src/conversation/reducer";
import { type ConversationState, INITIAL_STATE } from "../src/conversation/state";

const PRESENT: ConversationEvent = {
  type: "people-changed",
  audience: { agent: { id: "@agent:test", name: "Camille" }, listeners: [] },
  absence: null,
};

const LATE: readonly ConversationEvent[] = [
  { type: "message-received", eventId: "$1", author: "@agent:test", authorName: null, text: "late", cut: false, at: 0 },
  { type: "message-written", key: "t1", text: "late", at: 0 },
  PRESENT,
  { type: "opened", reference: "K7QM-42" },
  { type: "connected" },
  { type: "commune-asked", communes: [{ insee: "01064", name: "Bourg" }] },
  { type: "postal-code-edited" },
  { type: "failed", failure: "unavailable" },
];

function stateAfter(...events: ConversationEvent[]): ConversationState {
  return events.reduce(reduce, INITIAL_STATE);
}

describe("the state", () => {
  it.each(["closed", "failed"] as const)("stays as it is once %s, whatever comes late", (phase) => {
    const end: ConversationEvent =
      phase === "closed" ? { type: "closed", departureConfirmed: false } : { type: "failed", failure: "insecure" };
    const ended = stateAfter({ type: "opened", reference: "K7QM-42" }, end);
    expect(LATE.reduce(reduce, ended)).toBe(ended);
  });

  it("keeps nothing of the conversation at its end", () => {
    const talked = stateAfter(
      { type: "opened", reference: "K7QM-42" },
      { type: "message-written", key: "t1", text: "secret", at: 0 },
      PRESENT,
      {
        type: "message-received",
        eventId: "$1",
        author: "@agent:test",
        authorName: null,
        text: "secret",
        cut: false,
        at: 0,
      },
    );
    const ended = reduce(talked, { type: "closed", departureConfirmed: true });
    expect(ended).toEqual({ ...INITIAL_STATE, phase: "closed", departureConfirmed: true, feedback: "asked" });
  });

  it.each<ConversationEvent>([
    { type: "postal-code-edited" },
    { type: "opening-started" },
    { type: "form-refused" },
    { type: "failed", failure: "unavailable" },
  ])("has communes to choose from until $type", (event) => {
    const asked = stateAfter(
      { type: "opening-started" },
      { type: "commune-asked", communes: [{ insee: "01064", name: "Bourg" }] },
    );
    expect(asked).toEqual({ ...INITIAL_STATE, communes: [{ insee: "01064", name: "Bourg" }] });
    expect(reduce(asked, event).communes).toEqual([]);
  });

  it("does not take back that a message was sent", () => {
    const sent = stateAfter(
      { type: "message-written", key: "t1", text: "said", at: 0 },
      { type: "message-sent", key: "t1", eventId: "$1", readers: ["@agent:test"] },
    );
    for (const late of ["message-held", "message-sending", "message-refused"] as const) {
      expect(reduce(sent, { type: late, key: "t1" }).timeline).toEqual(sent.timeline);
    }
  });
});
