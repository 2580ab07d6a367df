import type { ConversationState } from "../conversation/state";
import { byId } from "./elements";
import { fill, type Texts } from "./texts";

/** Asks, without a default and without hiding anything, whether what was said is passed on to another agent. */
export class PassingOn {
  readonly #question = byId("passing-on", HTMLDivElement);
  readonly #about = byId("passing-on-question", HTMLParagraphElement).querySelector("b") as HTMLElement;
  readonly #progress = byId("passing-on-progress", HTMLParagraphElement);

  constructor(answer: (accepted: boolean) => void, afterwards: () => void) {
    for (const [id, accepted] of [
      ["passing-on-yes", true],
      ["passing-on-no", false],
    ] as const) {
      byId(id, HTMLButtonElement).addEventListener("click", () => {
        answer(accepted);
        afterwards();
      });
    }
  }

  /** Whether the question is new on the page. */
  render({ passingOn, audience }: ConversationState, texts: Texts): boolean {
    const appears = this.#question.hidden && passingOn?.stage === "asked";
    this.#question.hidden = passingOn?.stage !== "asked";
    this.#progress.hidden = passingOn?.stage !== "sending";
    if (passingOn?.stage === "asked") {
      const question = fill(texts.passing_on.question, { name: audience?.agent.name ?? texts.agent });
      if (this.#about.textContent !== question) {
        this.#about.textContent = question;
      }
    } else if (passingOn?.stage === "sending") {
      const count = String(passingOn.parts - passingOn.waiting.length + 1);
      this.#progress.textContent = fill(texts.passing_on.progress, { count, limit: String(passingOn.parts) });
    }
    return appears;
  }
}
