/** What was said, put into messages for an agent who was not there. */
import { readersOf } from "./people";
import type { ConversationState, Entry, OwnMessage, ReceivedMessage } from "./state";
import { LARGEST_CONTENT_BYTES, LONGEST_TEXT, sizeOf, timeOf } from "./text";

type Said = (OwnMessage & { readonly eventId: string }) | ReceivedMessage;

/** Leaves room for the heading. */
const LONGEST_PART = LONGEST_TEXT - 500;
const LARGEST_PART_BYTES = LARGEST_CONTENT_BYTES - 2_000;

/** What has been said to others than `agent`, the oldest first: what was sent, and what was received. */
export function unheardBy(agent: string, timeline: readonly Entry[]): readonly Said[] {
  return timeline.filter((entry): entry is Said => isSaid(entry) && !entry.heardBy.includes(agent));
}

/** Whether the agent who is there was not there when something was said. */
export function hasMissedSomething(state: Pick<ConversationState, "audience" | "timeline">): boolean {
  const [agent] = readersOf(state.audience);
  return agent !== undefined && state.timeline.some((entry) => isSaid(entry) && !entry.heardBy.includes(agent));
}

/**
 * The recapitulation as texts that can be sent, in order. Agents read it, so it speaks French, and English beside it. The
 * times are those of this device's clock.
 */
export function recapOf(said: readonly Said[]): readonly string[] {
  const parts: string[] = [];
  for (const line of said.flatMap(linesOf)) {
    const joined = `${parts[parts.length - 1]}\n${line}`;
    if (parts.length > 0 && fits(joined)) {
      parts[parts.length - 1] = joined;
    } else {
      parts.push(line);
    }
  }
  return parts.map((part, index) => `${heading(index + 1, parts.length)}\n${part}`);
}

function heading(number: number, of: number): string {
  const which = of === 1 ? "" : ` (${number}/${of})`;
  return `— Récapitulatif transmis avec l’accord de la personne · Recap, passed on with the person’s consent${which} —`;
}

/** One, but for a text so long that it has to be cut. What follows a line feed is set in: it cannot pass for another's. */
function linesOf(said: Said): readonly string[] {
  const who = said.kind === "own" ? "Personne" : (said.authorName ?? "Agent");
  const pieces = said.text.replace(/\n/g, "\n    ").match(/.{1,4000}/gsu) ?? [];
  return pieces.map((piece, index) => `[${timeOf(said.at)}] ${who} : ${index === 0 ? "" : "… "}${piece}`);
}

function fits(part: string): boolean {
  return part.length <= LONGEST_PART && sizeOf(part) <= LARGEST_PART_BYTES;
}

function isSaid(entry: Entry): entry is Said {
  return entry.kind === "received" || (entry.kind === "own" && entry.eventId !== null);
}
