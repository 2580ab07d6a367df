/** What a message may be. */

export const LONGEST_TEXT = 10_000;

/**
 * An event may have 65,536 bytes (Matrix specification, "Size limits"). Sealing makes four bytes of three, and the
 * envelope takes some hundreds.
 */
const LARGEST_CONTENT_BYTES = 45_000;

export type TextProblem = "empty" | "too-long";

/** Why `text` cannot be sent, or null. */
export function problemWith(text: string): TextProblem | null {
  if (text.trim() === "") {
    return "empty";
  }
  const bytes = new TextEncoder().encode(JSON.stringify(text)).length;
  return text.length > LONGEST_TEXT || bytes > LARGEST_CONTENT_BYTES ? "too-long" : null;
}
