/** What a message may be, and what may be shown of one. */

export const LONGEST_TEXT = 10_000;

/**
 * An event may have 65,536 bytes (Matrix specification, "Size limits"). Sealing makes four bytes of three, and the
 * envelope takes some hundreds.
 */
export const LARGEST_CONTENT_BYTES = 45_000;

export type TextProblem = "empty" | "too-long";

/** Nothing that can be seen: spaces, characters without a width, the Braille pattern without a dot. */
const BLANK = /^[\s\p{Default_Ignorable_Code_Point}\u2800]*$/u;

/** Why `text` cannot be sent, or null. */
export function problemWith(text: string): TextProblem | null {
  if (BLANK.test(text)) {
    return "empty";
  }
  return text.length > LONGEST_TEXT || sizeOf(text) > LARGEST_CONTENT_BYTES ? "too-long" : null;
}

/** UTF-8 bytes of a value's JSON. */
export function sizeOf(value: unknown): number {
  return new TextEncoder().encode(JSON.stringify(value)).length;
}

/** Longer than any that people write to each other; the agents' own 64 KB are cut here. */
const LONGEST_SHOWN = 20_000;
/** Vietnamese and Arabic need three on one letter. */
const MARKS = /(\p{M}{4})\p{M}+/gu;
/** Overrides, embeddings and isolates, which turn what stands around them; marks, which languages need, stay. */
const TURNS = /[\u202a-\u202e\u2066-\u2069]/g;
/** Controls but tabulator and line feed, and characters of no known meaning. */
const CONTROLS = /(?![\n\t])\p{Cc}|\p{Co}|[\ufff9-\ufffb]/gu;
const LONE_SURROGATES = /\p{Cs}/gu;

/** Whether `cleanText` leaves the end of `text` out. */
export function isCut(text: string): boolean {
  return text.length > LONGEST_SHOWN;
}

/**
 * `text` without what would deface the page: characters that turn the writing direction, towers of combining marks,
 * controls, halves of characters.
 */
export function cleanText(text: string): string {
  const lines = text.slice(0, LONGEST_SHOWN).replace(/\r\n?/g, "\n");
  return lines.replace(LONE_SURROGATES, "\ufffd").replace(TURNS, "").replace(CONTROLS, "").replace(MARKS, "$1");
}

/** `at`, in milliseconds since 1970, as 21:05 by the clock of this device. */
export function timeOf(at: number): string {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes()].map((number) => String(number).padStart(2, "0")).join(":");
}
