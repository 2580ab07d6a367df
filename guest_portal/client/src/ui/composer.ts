import { LONGEST_TEXT, type TextProblem } from "../conversation/text";
import { byId, byTestId } from "./elements";
import { fill, type Texts } from "./texts";

export interface ComposerActions {
  write(text: string): TextProblem | null;
  /** Whether there is something in the field, at every change. */
  writing(writing: boolean): void;
}

/** Where messages are written. A text that cannot be sent stays there, with the reason beneath. */
export class Composer {
  readonly #field = byTestId("composer", HTMLTextAreaElement);
  readonly #problem = byId("composer-problem", HTMLParagraphElement);
  #told: TextProblem | null = null;

  constructor(
    private texts: Texts,
    private readonly actions: ComposerActions,
  ) {
    byId("composer-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    this.#field.addEventListener("input", () => {
      this.#explain(null);
      this.actions.writing(this.#field.value !== "");
    });
    this.#field.addEventListener("keydown", (event) => this.#submitByKey(event));
  }

  /** Takes the focus, except where that would open a keyboard over the page. */
  focus(): boolean {
    if (!matchMedia("(pointer: fine)").matches) {
      return false;
    }
    this.#field.focus();
    return true;
  }

  /** Goes on in another language. */
  speak(texts: Texts): void {
    this.texts = texts;
    this.#explain(this.#told);
  }

  empty(): void {
    this.#field.value = "";
    this.#explain(null);
  }

  /** Enter sends where there is a real keyboard; Shift and Enter begin a new line. */
  #submitByKey(event: KeyboardEvent): void {
    const plain = event.key === "Enter" && !event.shiftKey && !event.isComposing;
    if (plain && matchMedia("(pointer: fine)").matches) {
      event.preventDefault();
      this.#submit();
    }
  }

  #submit(): void {
    const problem = this.actions.write(this.#field.value);
    this.#explain(problem);
    if (problem === null) {
      this.#field.value = "";
    }
    this.#field.focus();
  }

  #explain(problem: TextProblem | null): void {
    this.#told = problem;
    const sentence = problem === null || problem === "empty" ? "" : this.texts.problems[problem];
    const count = this.#field.value.length.toLocaleString(document.documentElement.lang);
    const limit = LONGEST_TEXT.toLocaleString(document.documentElement.lang);
    this.#problem.textContent = fill(sentence, { count, limit });
    this.#problem.hidden = sentence === "";
  }
}
