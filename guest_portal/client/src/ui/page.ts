import type { Application } from "../conversation/ports";
import type { ConversationState, Phase } from "../conversation/state";
import type { TextProblem } from "../conversation/text";
import { ApplicationForm } from "./application-form";
import { Composer } from "./composer";
import { byId, byTestId } from "./elements";
import { fill, readTexts, type StatusText } from "./texts";
import { Timeline } from "./timeline";

/** What a person can do on the page. */
export interface Actions {
  start(application: Application): void;
  editPostalCode(): void;
  write(text: string): TextProblem | null;
  retry(key: string): void;
  end(): void;
}

/** Shows a state of the conversation, and nothing else: it decides nothing. */
export class Page {
  readonly #texts = readTexts();
  readonly #status = byTestId("status", HTMLParagraphElement);
  readonly #typing = byId("typing", HTMLParagraphElement);
  readonly #confirmation = byId("end-confirm", HTMLDivElement);
  readonly #endButton = byId("end", HTMLButtonElement);
  readonly #form: ApplicationForm;
  readonly #composer: Composer;
  readonly #timeline: Timeline;
  #phase: Phase = "form";

  constructor(actions: Actions) {
    this.#form = new ApplicationForm(
      (application) => actions.start(application),
      () => actions.editPostalCode(),
    );
    this.#composer = new Composer(this.#texts, (text) => actions.write(text));
    this.#timeline = new Timeline(this.#texts, (key) => actions.retry(key));
    this.#endButton.addEventListener("click", () => this.#askToEnd(true));
    byId("end-no", HTMLButtonElement).addEventListener("click", () => this.#askToEnd(false));
    byId("end-yes", HTMLButtonElement).addEventListener("click", () => actions.end());
    for (const link of document.querySelectorAll<HTMLAnchorElement>("[data-again]")) {
      link.addEventListener("click", (event) => {
        event.preventDefault();
        location.replace(link.href);
      });
    }
  }

  render(state: ConversationState): void {
    const entered = state.phase !== this.#phase;
    this.#phase = state.phase;
    this.#renderStatus(state);
    this.#timeline.render(state.timeline);
    byId("reference", HTMLElement).textContent = state.reference ?? "";
    byId("waiting-help", HTMLParagraphElement).hidden = state.phase !== "waiting";
    byId("erasing", HTMLParagraphElement).hidden = state.departureConfirmed;
    byId("erased", HTMLParagraphElement).hidden = !state.departureConfirmed;
    if (entered) {
      this.#enter(state);
    }
    this.#form.askCommune(state.communes);
    if (state.formRefused) {
      this.#form.refuse();
    }
  }

  #enter(state: ConversationState): void {
    const seen = (name: string | undefined, value: string) => name?.split(" ").includes(value) ?? true;
    const views = [...document.querySelectorAll<HTMLElement>("[data-view]")];
    const shown = views.filter(
      ({ dataset }) => seen(dataset.view, state.phase) && seen(dataset.failure, state.failure ?? ""),
    );
    const alreadyThere = shown.every((view) => !view.hidden);
    for (const view of views) {
      view.hidden = !shown.includes(view);
    }
    document.documentElement.dataset.phase = state.phase;
    if (state.phase !== "form" && state.phase !== "opening") {
      this.#form.empty();
    }
    if (state.phase === "closed" || state.phase === "failed") {
      this.#composer.empty();
      this.#askToEnd(false);
    }
    if (!alreadyThere) {
      this.#focusOn(shown);
    }
  }

  #focusOn(views: readonly HTMLElement[]): void {
    const heading = views.map((view) => view.querySelector<HTMLElement>("h1[tabindex]")).find((found) => found);
    if (heading !== undefined && heading !== null) {
      heading.focus();
    } else if (this.#phase === "waiting" && !this.#composer.focus()) {
      byTestId("timeline", HTMLElement).focus();
    }
  }

  #renderStatus(state: ConversationState): void {
    const name = state.agentName ?? this.#texts.agent;
    const which = statusOf(state);
    const sentence = which === null ? "" : fill(this.#texts.status[which], { name });
    this.#status.dataset.state = state.phase;
    this.#status.toggleAttribute("data-reconnecting", state.reconnecting);
    if (this.#status.textContent !== sentence) {
      this.#status.textContent = sentence;
    }
    this.#typing.textContent = state.agentTyping ? fill(this.#texts.status.typing, { name }) : "";
  }

  #askToEnd(asking: boolean): void {
    this.#confirmation.hidden = !asking;
    this.#endButton.hidden = asking;
    if (asking) {
      byId("end-no", HTMLButtonElement).focus();
    } else if (this.#phase === "waiting" || this.#phase === "connected") {
      this.#endButton.focus();
    }
  }
}

function statusOf(state: ConversationState): StatusText | null {
  switch (state.phase) {
    case "opening":
      return "opening";
    case "waiting":
      return state.reconnecting ? "reconnecting" : state.agentPresent ? "arriving" : "waiting";
    case "connected":
      return state.reconnecting ? "reconnecting" : "connected";
    default:
      return null;
  }
}
