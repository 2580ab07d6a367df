import type { Wish } from "../conversation/orientation";
import type { Delivery, NoticeKind } from "../conversation/state";
import type { TextProblem } from "../conversation/text";

/** The sentences that the script shows, in the page's language, as the template has rendered them. */
export type Texts = {
  readonly status: Readonly<Record<StatusText, string>>;
  readonly place: Readonly<Record<"next" | "later" | "estimate" | "unknown", string>>;
  readonly agent: string;
  readonly sender: { readonly me: string; readonly agent: string };
  readonly delivery: Readonly<Record<Delivery, string>>;
  readonly exit: Readonly<Record<ExitText, string>>;
  readonly edited: string;
  readonly cut: string;
  readonly retry: string;
  readonly removal: Readonly<Record<"offer" | "sure" | "done", string>>;
  readonly notices: Readonly<Record<NoticeKind, string>>;
  readonly passing_on: Readonly<Record<"question" | "progress", string>>;
  readonly proposal: Readonly<Record<ProposalText, string>> & {
    readonly wishes: Readonly<Record<Wish | "none", string>>;
  };
  readonly problems: Readonly<Record<Exclude<TextProblem, "empty">, string>>;
};

export type StatusText = "opening" | "waiting" | "arriving" | "connected" | "listened" | "reconnecting" | "typing";

export type ProposalText =
  | "complaint"
  | "association"
  | "address"
  | "phone"
  | "phone_note"
  | "hours"
  | "call_first"
  | "as_of"
  | "next_desk"
  | "next_complaint"
  | "next_association"
  | "wish"
  | "wished"
  | "accept"
  | "decline"
  | "answering"
  | "accepted"
  | "accepted_desk"
  | "declined"
  | "withdrawn";

export type ExitText = "two-more" | "one-more" | "expired";

/** Raises where `page` is not the portal's. */
export function readTexts(page: Document = document): Texts {
  return JSON.parse(page.getElementById("texts")?.textContent ?? "") as Texts;
}

/** `sentence` with its `{names}` filled in; a sentence begins with a capital, whatever the browser's own language. */
export function fill(sentence: string, values: Readonly<Record<string, string>>): string {
  const filled = sentence.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? "");
  return filled.charAt(0).toUpperCase() + filled.slice(1);
}
