import type { FeedbackStage, Helped } from "../conversation/state";
import { byId } from "./elements";

const ANSWERS: readonly Helped[] = ["yes", "a_little", "no"];

/** The one question after the end: three buttons, and then a word of thanks in their place. */
export class Feedback {
  readonly #answers = byId("feedback-answers", HTMLDivElement);
  readonly #given = byId("feedback-given", HTMLSpanElement);
  readonly #failed = byId("feedback-failed", HTMLSpanElement);

  constructor(give: (answer: Helped) => void) {
    for (const button of this.#answers.querySelectorAll("button")) {
      const answer = ANSWERS.find((known) => known === button.value);
      if (answer !== undefined) {
        button.addEventListener("click", () => give(answer));
      }
    }
  }

  render(stage: FeedbackStage | null): void {
    const hadFocus = this.#answers.contains(document.activeElement);
    this.#answers.hidden = stage === "given";
    this.#given.hidden = stage !== "given";
    this.#failed.hidden = stage !== "failed";
    if (stage === "given" && hadFocus) {
      this.#given.parentElement?.focus();
    }
  }
}
