import type { Application } from "../conversation/ports";
import { areaOf } from "../conversation/postal-area";
import { type ConversationState, type Helped, INITIAL_STATE, type Phase } from "../conversation/state";
import { ApplicationForm } from "./application-form";
import { byTestId } from "./elements";
import { Feedback } from "./feedback";
import { showNumbersOf } from "./numbers";
import { Talk, type TalkActions } from "./talk";
import { type ExitText, readTexts, type Texts } from "./texts";

/** What a person can do on the page. */
export interface Actions extends TalkActions {
  start(application: Application): void;
  editPostalCode(): void;
  giveFeedback(answer: Helped): void;
}

/** Shows a state of the conversation, and nothing else: it decides nothing. */
export class Page {
  #texts = readTexts();
  readonly #form: ApplicationForm;
  readonly #talk: Talk;
  readonly #feedback: Feedback;
  #state = INITIAL_STATE;
  #phase: Phase = "form";
  #leaf = [...document.querySelectorAll<HTMLElement>("[data-leaf]")].find((leaf) => !leaf.hidden)?.dataset.leaf;

  constructor(actions: Actions) {
    this.#form = new ApplicationForm(
      (application) => {
        showNumbersOf(areaOf(application.postalCode));
        actions.start(application);
      },
      () => actions.editPostalCode(),
    );
    this.#talk = new Talk(this.#texts, actions);
    this.#feedback = new Feedback((answer) => actions.giveFeedback(answer));
    for (const link of document.querySelectorAll<HTMLAnchorElement>("[data-again]")) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        if (this.#state.failure !== "unavailable" || !this.#form.submitAgain()) {
          location.replace(link.href);
        }
      });
    }
    this.#form.enable();
  }

  /** Goes on in another language, whatever is on the page. */
  speak(texts: Texts): void {
    this.#texts = texts;
    this.#talk.speak(texts);
  }

  exitText(which: ExitText): string {
    return this.#texts.exit[which];
  }

  /** Before a conversation: shows the form, or what can be read instead. */
  turnTo(leaf: string): void {
    this.#leaf = leaf;
    this.#showViews(this.#state);
    scrollTo({ top: 0 });
  }

  render(state: ConversationState): void {
    const entered = state.phase !== this.#phase;
    this.#state = state;
    this.#phase = state.phase;
    this.#talk.render(state);
    this.#feedback.render(state.feedback);
    if (entered) {
      this.#enter(state);
    }
    this.#form.askCommune(state.communes);
    if (state.formRefused) {
      this.#form.refuse();
    }
  }

  #enter(state: ConversationState): void {
    this.#leaf = "start";
    byTestId("languages", HTMLDetailsElement).open = false;
    document.documentElement.dataset.phase = state.phase;
    if (state.phase !== "form" && state.phase !== "opening" && state.failure !== "unavailable") {
      this.#form.empty();
    }
    this.#showViews(state);
  }

  #showViews(state: ConversationState): void {
    const seen = (name: string | undefined, value: string) => name?.split(" ").includes(value) ?? true;
    const views = [...document.querySelectorAll<HTMLElement>("[data-view]")];
    const shown = views.filter(
      ({ dataset }) =>
        seen(dataset.view, state.phase) &&
        seen(dataset.failure, state.failure ?? "") &&
        seen(dataset.feedback, state.feedback ?? "") &&
        seen(dataset.leaf, this.#leaf ?? ""),
    );
    const alreadyThere = shown.every((view) => !view.hidden || !view.matches("section"));
    for (const view of views) {
      view.hidden = !shown.includes(view);
    }
    if (!alreadyThere) {
      this.#focusOn(shown);
    }
  }

  #focusOn(views: readonly HTMLElement[]): void {
    const heading = views.map((view) => view.querySelector<HTMLElement>("h1[tabindex]")).find((found) => found);
    if (heading !== undefined && heading !== null) {
      heading.focus();
    } else if (this.#phase === "waiting") {
      this.#talk.focus();
    }
  }
}
