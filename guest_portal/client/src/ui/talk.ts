import { type ConversationState, INITIAL_STATE } from "../conversation/state";
import type { TextProblem } from "../conversation/text";
import { Composer } from "./composer";
import { byId, byTestId } from "./elements";
import { PassingOn } from "./passing-on";
import { fill, type StatusText, type Texts } from "./texts";
import { type EntryActions, Timeline } from "./timeline";

/** What a person can do in a conversation. */
export interface TalkActions extends EntryActions {
  write(text: string): TextProblem | null;
  writing(writing: boolean): void;
  showTyping(on: boolean): void;
  passOn(accepted: boolean): void;
  end(): void;
}

/** The page during a conversation, and after its end by the agent. */
export class Talk {
  readonly #status = byTestId("status", HTMLParagraphElement);
  readonly #typing = byId("typing", HTMLParagraphElement);
  readonly #place = byId("place", HTMLParagraphElement);
  readonly #confirmation = byId("end-confirm", HTMLDivElement);
  readonly #endButton = byId("end", HTMLButtonElement);
  readonly #window = byId("window", HTMLDivElement);
  readonly #reread = byId("reread", HTMLButtonElement);
  readonly #composer: Composer;
  readonly #timeline: Timeline;
  readonly #passingOn: PassingOn;
  #state = INITIAL_STATE;

  constructor(
    private texts: Texts,
    actions: TalkActions,
  ) {
    this.#composer = new Composer(texts, {
      write: (text) => actions.write(text),
      writing: (writing) => actions.writing(writing),
    });
    this.#timeline = new Timeline(texts, actions);
    this.#passingOn = new PassingOn(
      (accepted) => actions.passOn(accepted),
      () => this.focus(),
    );
    this.#endButton.addEventListener("click", () => this.#askToEnd(true));
    byId("end-no", HTMLButtonElement).addEventListener("click", () => this.#askToEnd(false));
    byId("end-yes", HTMLButtonElement).addEventListener("click", () => actions.end());
    byId("erase", HTMLButtonElement).addEventListener("click", () => actions.end());
    this.#reread.addEventListener("click", () => {
      this.#fold(!this.#window.hidden);
      this.#timeline.rewind();
    });
    const showTyping = byId("show-typing", HTMLInputElement);
    showTyping.addEventListener("change", () => actions.showTyping(showTyping.checked));
  }

  /** Goes on in another language. */
  speak(texts: Texts): void {
    this.texts = texts;
    this.#composer.speak(texts);
    this.#timeline.speak(texts);
    this.#renderWords(this.#state);
    this.#passingOn.render(this.#state, texts);
  }

  render(state: ConversationState): void {
    const entered = state.phase !== this.#state.phase;
    this.#state = state;
    if (entered) {
      this.#enter(state);
    }
    this.#renderWords(state);
    this.#timeline.render(state.timeline);
    if (this.#passingOn.render(state, this.texts)) {
      this.#timeline.grow();
    }
    byId("reference", HTMLElement).textContent = state.reference ?? "";
    byId("erasing", HTMLParagraphElement).hidden = state.departureConfirmed;
    byId("erased", HTMLParagraphElement).hidden = !state.departureConfirmed;
  }

  /** Goes to where one writes, or, where that would open a keyboard over the page, to where one reads. */
  focus(): void {
    if (!this.#composer.focus()) {
      byId("scroll", HTMLDivElement).focus({ preventScroll: true });
    }
  }

  #enter({ phase }: ConversationState): void {
    if (phase === "ended" || phase === "closed" || phase === "failed") {
      this.#composer.empty();
      this.#askToEnd(false);
      // Folded away: somebody may look over a shoulder at a page that nobody leaves in a hurry any more.
      this.#fold(phase === "ended");
    }
  }

  #fold(folded: boolean): void {
    this.#window.hidden = folded;
    this.#reread.setAttribute("aria-expanded", String(!folded));
  }

  #renderWords(state: ConversationState): void {
    const name = state.audience?.agent.name ?? this.texts.agent;
    const others = (state.audience?.listeners ?? []).map((listener) => listener.name ?? this.texts.agent).join(", ");
    const which = statusOf(state);
    this.#status.dataset.state = state.phase;
    this.#status.toggleAttribute("data-reconnecting", state.reconnecting);
    say(this.#status, which === null ? "" : fill(this.texts.status[which], { name, others }));
    say(this.#typing, state.agentTyping ? fill(this.texts.status.typing, { name }) : "");
    say(this.#place, this.#placeIn(state));
  }

  #placeIn({ place }: ConversationState): string {
    if (place === null) {
      return "";
    }
    const { next, later, estimate, unknown } = this.texts.place;
    const position = place.place === 1 ? next : fill(later, { place: String(place.place) });
    const wait = place.minutes === null ? unknown : fill(estimate, { minutes: String(Math.max(1, place.minutes)) });
    return `${position} ${wait}`;
  }

  #askToEnd(asking: boolean): void {
    this.#confirmation.hidden = !asking;
    this.#endButton.hidden = asking;
    if (asking) {
      byId("end-no", HTMLButtonElement).focus();
    } else if (this.#state.phase === "waiting" || this.#state.phase === "connected") {
      this.#endButton.focus();
    }
  }
}

/** Only what is new is put in place, so that it is read aloud once. */
function say(element: HTMLElement, sentence: string): void {
  if (element.textContent !== sentence) {
    element.textContent = sentence;
  }
}

function statusOf(state: ConversationState): StatusText | null {
  switch (state.phase) {
    case "opening":
      return state.reconnecting ? "reconnecting" : "opening";
    case "waiting":
      return state.reconnecting ? "reconnecting" : state.audience !== null ? "arriving" : "waiting";
    case "connected":
      return state.reconnecting ? "reconnecting" : state.audience?.listeners.length ? "listened" : "connected";
    default:
      return null;
  }
}
