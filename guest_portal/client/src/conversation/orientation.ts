/** A complaint or an association, proposed by the agent and decided by the guest (docs/protocol.md). */
import type { Json, JsonObject } from "./ports";
import { cleanText } from "./text";

export const WISHES = ["as_soon_as_possible", "morning", "afternoon", "evening"] as const;
export type Wish = (typeof WISHES)[number];

/** Particulars are null where they are not known. */
export type Proposal = {
  readonly id: string;
  readonly kind: "complaint" | "association";
  readonly name: string;
  readonly address: string | null;
  readonly phone: string | null;
  readonly hours: readonly string[];
  /** The particulars are old, or without hours. */
  readonly callFirst: boolean;
  /** Who published the particulars, and the day on which they were true. */
  readonly source: string | null;
  readonly asOf: Date | null;
  /** On acceptance somebody of that unit comes into the conversation. */
  readonly hasDesk: boolean;
};

export type Answer = { readonly proposal: string; readonly accepted: boolean; readonly wish: Wish | null };

/** As the portal lets it through. */
const ID = /^[\w.~-]{1,128}$/;
const DAY = /^\d{4}-\d{2}-\d{2}$/;
const LONGEST_PARTICULAR = 300;
const MOST_HOURS = 14;

/** What the state event proposes; null if it is withdrawn, or is nothing that could be shown. */
export function parseProposal(id: string, content: JsonObject): Proposal | null {
  const { kind, hours } = content;
  const name = particular(content.name);
  if (!ID.test(id) || (kind !== "complaint" && kind !== "association") || name === null) {
    return null;
  }
  return {
    id,
    kind,
    name,
    address: particular(content.address),
    phone: particular(content.phone),
    hours: (Array.isArray(hours) ? hours : [])
      .slice(0, MOST_HOURS)
      .map(particular)
      .filter((line): line is string => line !== null),
    callFirst: content.call_first === true,
    source: particular(content.source),
    asOf: dayOf(content.as_of),
    hasDesk: content.has_desk === true,
  };
}

/** The guest's answer as the room has it; null for what is none. */
export function parseAnswer(content: JsonObject): Answer | null {
  const { proposal, accepted, wish } = content;
  if (typeof proposal !== "string" || typeof accepted !== "boolean") {
    return null;
  }
  return { proposal, accepted, wish: WISHES.find((known) => known === wish) ?? null };
}

function particular(value: Json | undefined): string | null {
  const text = typeof value === "string" ? cleanText(value).trim() : "";
  return text === "" ? null : text.slice(0, LONGEST_PARTICULAR);
}

function dayOf(value: Json | undefined): Date | null {
  const day = typeof value === "string" && DAY.test(value) ? new Date(value) : null;
  return day === null || Number.isNaN(day.getTime()) ? null : day;
}
