import type { Delivery, NoticeKind } from "../conversation/state";
import type { TextProblem } from "../conversation/text";
import { byId } from "./elements";

/** The sentences that the script shows, in the page's language, as the template has rendered them. */
export type Texts = {
  readonly status: Readonly<Record<StatusText, string>>;
  readonly agent: string;
  readonly sender: { readonly me: string; readonly agent: string };
  readonly delivery: Readonly<Record<Delivery, string>>;
  readonly edited: string;
  readonly retry: string;
  readonly notices: Readonly<Record<NoticeKind, string>>;
  readonly problems: Readonly<Record<Exclude<TextProblem, "empty">, string>>;
};

export type StatusText = "opening" | "waiting" | "arriving" | "connected" | "reconnecting" | "typing";

export function readTexts(): Texts {
  return JSON.parse(byId("texts", HTMLScriptElement).text) as Texts;
}

/** `sentence` with its `{names}` filled in; a sentence begins with a capital. */
export function fill(sentence: string, values: Readonly<Record<string, string>>): string {
  const filled = sentence.replace(/\{(\w+)\}/g, (_, name: string) => values[name] ?? "");
  return filled.charAt(0).toLocaleUpperCase() + filled.slice(1);
}
