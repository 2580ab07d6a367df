import type { Application, Commune, Role } from "../conversation/ports";
import { CommuneQuestion } from "./commune-question";
import { byId, byTestId } from "./elements";
import { postalCodeOf } from "./postal-code";

const ROLES: readonly Role[] = ["victim", "witness", "relative", "professional"];

/** The form before the conversation. Calls `submit` only with an application that is well-formed. */
export class ApplicationForm {
  readonly #form = byId("application", HTMLFormElement);
  readonly #postalCode = byTestId("postal-code", HTMLInputElement);
  readonly #postalCodeProblem = byId("postal-code-problem", HTMLParagraphElement);
  readonly #roleProblem = byId("role-problem", HTMLParagraphElement);
  readonly #commune = new CommuneQuestion();
  #submitted: Application | null = null;

  constructor(
    private readonly submit: (application: Application) => void,
    editPostalCode: () => void,
  ) {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      const application = this.#read();
      if (application !== null) {
        this.#submitted = application;
        this.submit(application);
      }
    });
    this.#postalCode.addEventListener("input", () => {
      this.#flagPostalCode(false);
      editPostalCode();
    });
    this.#form.addEventListener("change", () => {
      this.#roleProblem.hidden = true;
      this.#showRoleWords();
    });
  }

  /** Until here a form sent by the browser itself would leave what it holds in the session's history. */
  enable(): void {
    byTestId("start", HTMLButtonElement).disabled = false;
    byId("unable", HTMLParagraphElement).hidden = true;
  }

  /** The service takes no such form. */
  refuse(): void {
    this.#flagPostalCode(true);
    this.#postalCode.focus();
  }

  /** The service needs to know which of these; of none, where the list is empty. */
  askCommune(communes: readonly Commune[]): void {
    this.#commune.ask(communes);
  }

  /** Submits once more what was submitted last. False if the form was emptied since. */
  submitAgain(): boolean {
    if (this.#submitted === null) {
      return false;
    }
    this.submit({ ...this.#submitted, language: document.documentElement.lang });
    return true;
  }

  empty(): void {
    this.#submitted = null;
    this.#form.reset();
    this.#showRoleWords();
  }

  #showRoleWords(): void {
    const role = new FormData(this.#form).get("role");
    for (const words of byTestId("role-words", HTMLDivElement).querySelectorAll<HTMLElement>("[data-role]")) {
      words.hidden = words.dataset.role !== role;
    }
  }

  /** null, with the first mistake shown and focused, if there is one. */
  #read(): Application | null {
    const fields = new FormData(this.#form);
    const role = ROLES.find((candidate) => candidate === fields.get("role"));
    const commune = this.#commune.answer;
    const communeMissing = this.#commune.asked && commune === null;
    const postalCode = postalCodeOf(this.#postalCode.value);
    this.#roleProblem.hidden = role !== undefined;
    this.#flagPostalCode(postalCode === null);
    this.#commune.flag(communeMissing);
    if (role === undefined) {
      byTestId("role-victim", HTMLInputElement).focus();
      return null;
    }
    if (postalCode === null) {
      this.#postalCode.focus();
      return null;
    }
    if (communeMissing) {
      this.#commune.focus();
      return null;
    }
    const language = document.documentElement.lang;
    return { role, postalCode, commune, language, inDanger: fields.get("danger") !== null };
  }

  #flagPostalCode(wrong: boolean): void {
    this.#postalCodeProblem.hidden = !wrong;
    this.#postalCode.setAttribute("aria-invalid", String(wrong));
  }
}
