import type { Entry, Notice, OwnMessage, ReceivedMessage } from "../conversation/state";
import { byTestId, make } from "./elements";
import { fill, type Texts } from "./texts";

type Shown = { readonly element: HTMLElement; entry: Entry };

/** How far from its end the timeline still counts as read to its end. */
const NEAR_END_PX = 80;

/** The messages on the page: each entry has one element, changed in place and only when the entry has changed. */
export class Timeline {
  readonly #log = byTestId("timeline", HTMLElement);
  readonly #shown = new Map<string, Shown>();
  #entries: readonly Entry[] = [];

  constructor(
    private readonly texts: Texts,
    private readonly retry: (key: string) => void,
  ) {}

  render(entries: readonly Entry[]): void {
    if (entries === this.#entries) {
      return;
    }
    this.#entries = entries;
    const follows = this.#log.scrollHeight - this.#log.scrollTop - this.#log.clientHeight < NEAR_END_PX;
    const visible = entries.filter((entry) => entry.kind !== "sealed");
    this.#removeAllBut(new Set(visible.map((entry) => entry.key)));
    let previous: Element | null = null;
    for (const entry of visible) {
      const element = this.#elementFor(entry);
      if (previous !== null && previous.nextElementSibling !== element) {
        previous.after(element);
      } else if (!element.isConnected) {
        this.#log.append(element);
      }
      previous = element;
    }
    if (follows || visible.at(-1)?.kind === "own") {
      this.#log.scrollTop = this.#log.scrollHeight;
    }
  }

  #removeAllBut(keys: ReadonlySet<string>): void {
    for (const [key, { element }] of this.#shown) {
      if (!keys.has(key)) {
        element.remove();
        this.#shown.delete(key);
      }
    }
  }

  #elementFor(entry: Entry): HTMLElement {
    const known = this.#shown.get(entry.key);
    if (known === undefined) {
      const element = make("article", "");
      element.dataset.testid = "message";
      this.#shown.set(entry.key, { element, entry });
      this.#fill(element, entry);
      return element;
    }
    if (known.entry !== entry) {
      known.entry = entry;
      this.#fill(known.element, entry);
    }
    return known.element;
  }

  #fill(element: HTMLElement, entry: Entry): void {
    if (entry.kind === "own") {
      this.#fillOwn(element, entry);
    } else if (entry.kind === "received") {
      this.#fillReceived(element, entry);
    } else if (entry.kind === "notice") {
      this.#fillNotice(element, entry);
    }
  }

  #fillOwn(element: HTMLElement, message: OwnMessage): void {
    mark(element, "me", message.delivery);
    const meta = make("p", "meta", this.texts.delivery[message.delivery]);
    if (message.delivery === "failed") {
      const button = make("button", "quiet", this.texts.retry);
      button.type = "button";
      button.dataset.testid = "retry";
      button.addEventListener("click", () => this.retry(message.key));
      meta.append(" ", button);
    }
    element.replaceChildren(sender(this.texts.sender.me), text(message.text), meta);
  }

  #fillReceived(element: HTMLElement, message: ReceivedMessage): void {
    mark(element, "agent", "received");
    const meta = message.edited ? [make("p", "meta", this.texts.edited)] : [];
    element.replaceChildren(sender(this.texts.sender.agent), text(message.text), ...meta);
  }

  #fillNotice(element: HTMLElement, notice: Notice): void {
    mark(element, "system", "received");
    const sentence = fill(this.texts.notices[notice.notice], { name: notice.name ?? this.texts.agent });
    element.replaceChildren(text(sentence));
  }
}

function mark(element: HTMLElement, from: "me" | "agent" | "system", state: string): void {
  element.className = `message from-${from}`;
  element.dataset.from = from;
  element.dataset.state = state;
}

/** For those who hear the page: sighted people see the side. */
function sender(name: string): HTMLElement {
  return make("p", "unseen", name);
}

/** Text, and nothing but: what looks like a link or a tag is shown as it was written. */
function text(content: string): HTMLElement {
  const paragraph = make("p", "text", content);
  paragraph.dir = "auto";
  paragraph.dataset.testid = "message-text";
  return paragraph;
}
