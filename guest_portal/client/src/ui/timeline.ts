import type { Delivery, Entry, Notice, OwnMessage, ReceivedMessage } from "../conversation/state";
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
    const said = text(message.text, "me", message.delivery);
    const meta = make("p", "meta", this.texts.delivery[message.delivery]);
    if (message.delivery === "failed") {
      const button = make("button", "quiet", this.texts.retry);
      button.type = "button";
      button.dataset.testid = "retry";
      button.addEventListener("click", () => this.retry(message.key));
      meta.append(" ", button);
    }
    show(element, said, [sender(this.texts.sender.me)], [meta]);
  }

  #fillReceived(element: HTMLElement, message: ReceivedMessage): void {
    const said = text(message.text, "agent", "received");
    const meta = message.edited ? [make("p", "meta", this.texts.edited)] : [];
    show(element, said, [sender(this.texts.sender.agent)], meta);
  }

  #fillNotice(element: HTMLElement, notice: Notice): void {
    const sentence = fill(this.texts.notices[notice.notice], { name: notice.name ?? this.texts.agent });
    show(element, text(sentence, "system", "received"), [], []);
  }
}

function show(element: HTMLElement, said: HTMLElement, before: HTMLElement[], after: HTMLElement[]): void {
  element.className = `message from-${said.dataset.from} ${said.dataset.state}`;
  element.replaceChildren(...before, said, ...after);
}

/** For those who hear the page: sighted people see the side. */
function sender(name: string): HTMLElement {
  return make("p", "unseen", name);
}

/** Text, and nothing but: what looks like a link or a tag is shown as it was written. */
function text(content: string, from: "me" | "agent" | "system", state: Delivery | "received"): HTMLElement {
  const paragraph = make("p", "text", content);
  paragraph.dir = "auto";
  paragraph.dataset.testid = "message";
  paragraph.dataset.from = from;
  paragraph.dataset.state = state;
  return paragraph;
}
