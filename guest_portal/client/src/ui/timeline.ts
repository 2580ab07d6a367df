import type { Wish } from "../conversation/orientation";
import type { Delivery, Entry, Notice, OwnMessage, ReceivedMessage } from "../conversation/state";
import { cleanText, timeOf } from "../conversation/text";
import { byId, byTestId, make } from "./elements";
import { fillProposal } from "./proposal-card";
import { Scroller } from "./scroller";
import { fill, type Texts } from "./texts";

type Shown = { readonly element: HTMLElement; entry: Entry };

/** What a person can do about an entry. */
export interface EntryActions {
  retry(key: string): void;
  remove(key: string): void;
  answer(id: string, accepted: boolean, wish: Wish | null): void;
}

/** How many entries are in the document; the earlier ones come when they are asked for. */
const PORTION = 200;

/**
 * The messages on the page: each entry has one element, changed in place and only when the entry has changed, so that who
 * hears the page hears each once.
 */
export class Timeline {
  readonly #scroller = new Scroller(
    byId("scroll", HTMLDivElement),
    () => this.#noteWhetherRead(),
    () => this.#stay(),
  );
  readonly #log = byTestId("timeline", HTMLElement);
  readonly #earlier = byId("earlier", HTMLButtonElement);
  readonly #newer = byId("newer", HTMLButtonElement);
  readonly #told = byId("told", HTMLParagraphElement);
  readonly #shown = new Map<string, Shown>();
  #entries: readonly Entry[] = [];
  #visible: readonly Entry[] = [];
  #portion = PORTION;
  /** Whether the end was in sight when last looked at: it stays so when the window changes its size. */
  #atEnd = true;

  constructor(
    private texts: Texts,
    private readonly actions: EntryActions,
  ) {
    this.#newer.addEventListener("click", () => {
      this.#goToEnd();
      this.#scroller.focus();
    });
    this.#earlier.addEventListener("click", () => this.#showEarlier());
  }

  /** Goes on in another language: notices and states change, what people wrote does not. */
  speak(texts: Texts): void {
    this.texts = texts;
    for (const { element, entry } of this.#shown.values()) {
      this.#fill(element, entry, true);
    }
  }

  render(entries: readonly Entry[]): void {
    if (entries === this.#entries) {
      return;
    }
    this.#entries = entries;
    const before = this.#visible;
    this.#visible = entries.filter((entry) => entry.kind !== "sealed");
    const last = this.#visible[this.#visible.length - 1];
    const isNew = last !== undefined && last.key !== before[before.length - 1]?.key;
    const follows = this.#atEnd || (isNew && last.kind === "own");
    this.#portion = follows ? PORTION : this.#portion + Math.max(0, this.#visible.length - before.length);
    this.#keepFocusWhile(() => this.#place());
    if (follows && isNew) {
      this.#follow(last);
    } else if (isNew) {
      this.#newer.hidden = false;
    }
  }

  /** Something that is no entry has come to the end of the timeline. */
  grow(): void {
    if (this.#atEnd) {
      this.#goToEnd();
    } else {
      this.#newer.hidden = false;
    }
  }

  /** Shows the beginning of what is in the document. */
  rewind(): void {
    this.#scroller.toStart();
    this.#atEnd = false;
  }

  /** To the end; but what is taller than the window is read from its beginning. */
  #follow(entry: Entry): void {
    const element = this.#shown.get(entry.key)?.element;
    if (element !== undefined && entry.kind !== "own" && element.offsetHeight > this.#scroller.height) {
      element.scrollIntoView();
      this.#noteWhetherRead();
    } else {
      this.#goToEnd();
    }
  }

  /** Who had the focus on an entry has it there still, wherever that stands now; if it is gone, where one reads. */
  #keepFocusWhile(change: () => void): void {
    const held = this.#log.contains(document.activeElement) ? document.activeElement?.closest("article") : null;
    change();
    if (held && !held.contains(document.activeElement)) {
      const next = held.isConnected ? held.querySelector<HTMLElement>("[tabindex], button") : null;
      if (next === null) {
        this.#scroller.focus();
      } else {
        next.focus({ preventScroll: true });
      }
    }
  }

  /** The last portion of the entries is in the document, in order. */
  #place(): void {
    const placed = this.#visible.slice(-this.#portion);
    this.#earlier.hidden = placed.length === this.#visible.length;
    this.#removeAllBut(new Set(placed.map(({ key }) => key)));
    let next: Element | null = this.#log.firstElementChild;
    for (const entry of placed) {
      const element = this.#elementFor(entry);
      if (element === next) {
        next = next.nextElementSibling;
      } else {
        this.#log.insertBefore(element, next);
      }
    }
  }

  /** What stands on the screen stays where it is, and nothing of it is read aloud anew. */
  #showEarlier(): void {
    this.#log.setAttribute("aria-live", "off");
    this.#portion += PORTION;
    this.#scroller.keepPlaceWhile(() => this.#place());
    requestAnimationFrame(() => this.#log.setAttribute("aria-live", "polite"));
    if (this.#earlier.hidden) {
      this.#scroller.focus();
    }
  }

  /** Before anything is said, the beginning is what there is to read. */
  #stay(): void {
    if (this.#atEnd && this.#visible.length > 0) {
      this.#goToEnd();
    }
  }

  #goToEnd(): void {
    this.#scroller.toEnd();
    this.#noteWhetherRead();
  }

  #noteWhetherRead(): void {
    this.#atEnd = this.#scroller.isAtEnd;
    if (this.#atEnd) {
      this.#newer.hidden = true;
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
      this.#fill(element, entry, true);
      return element;
    }
    if (known.entry !== entry) {
      const words = wordsOf(known.entry) !== wordsOf(entry);
      known.entry = entry;
      this.#fill(known.element, entry, words);
    }
    return known.element;
  }

  /** `words`: whether more than what stands beneath the words has changed. */
  #fill(element: HTMLElement, entry: Entry, words: boolean): void {
    switch (entry.kind) {
      case "own":
        this.#fillOwn(element, entry, words);
        break;
      case "received":
        this.#fillReceived(element, entry);
        break;
      case "notice":
        this.#fillNotice(element, entry);
        break;
      case "proposal":
        fillProposal(element, entry, this.texts, (accepted, wish) =>
          this.actions.answer(entry.proposal.id, accepted, wish),
        );
        break;
      default:
    }
  }

  /** Who has written a message knows it: it is not read aloud, unless it is not sent. */
  #fillOwn(element: HTMLElement, message: OwnMessage, words: boolean): void {
    element.setAttribute("aria-live", "off");
    element.className = `message from-me ${message.delivery}`;
    if (words) {
      element.replaceChildren(
        make("p", "unseen", this.texts.sender.me),
        text(cleanText(message.text), "me", message.delivery),
        make("p", "meta"),
      );
    }
    const [, said, meta] = element.children as unknown as [HTMLElement, HTMLElement, HTMLElement];
    said.dataset.state = message.delivery;
    meta.textContent = `${timeOf(message.at)} · ${this.texts.delivery[message.delivery]}`;
    // Whoever has just pressed a button in it finds the focus here, and what has come of it.
    meta.tabIndex = -1;
    if (message.delivery === "failed") {
      meta.append(" ", this.#retryButton(message.key));
      this.#told.textContent = this.texts.delivery.failed;
    } else if (message.delivery === "sent") {
      meta.append(" · ", message.removing ? this.texts.removal.done : this.#removalButton(message.key));
    }
  }

  /** Asks once more in its own place, until the focus goes elsewhere. */
  #removalButton(key: string): HTMLButtonElement {
    const { offer, sure } = this.texts.removal;
    const button = make("button", "inline", offer);
    button.type = "button";
    button.dataset.testid = "remove";
    button.addEventListener("click", () => {
      if (button.textContent === sure) {
        this.actions.remove(key);
      } else {
        button.textContent = sure;
        button.focus({ preventScroll: true });
      }
    });
    button.addEventListener("blur", () => {
      button.textContent = offer;
    });
    return button;
  }

  #retryButton(key: string): HTMLButtonElement {
    const button = make("button", "quiet", this.texts.retry);
    button.type = "button";
    button.dataset.testid = "retry";
    button.addEventListener("click", () => this.actions.retry(key));
    return button;
  }

  #fillReceived(element: HTMLElement, message: ReceivedMessage): void {
    element.className = "message from-agent received";
    const who = make("p", "who", message.authorName ?? this.texts.sender.agent);
    who.dir = "auto";
    const time = timeOf(message.at);
    const notes = [message.edited ? this.texts.edited : "", message.cut ? this.texts.cut : ""];
    const meta = make("p", "meta", [time, ...notes.filter((note) => note !== "")].join(" · "));
    element.replaceChildren(who, text(message.text, "agent", "received"), meta);
  }

  #fillNotice(element: HTMLElement, notice: Notice): void {
    element.className = "message from-system received";
    const [name, to] = [notice.name ?? this.texts.agent, notice.to ?? ""];
    element.replaceChildren(text(fill(this.texts.notices[notice.notice], { name, to }), "system", "received"));
  }
}

/** What of an entry is more than a state of its sending. */
function wordsOf(entry: Entry): unknown {
  return entry.kind === "own" ? entry.text : entry;
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
