import type { Application, Role } from "../conversation/ports";
import { byId, byTestId } from "./elements";

const ROLES: readonly Role[] = ["victim", "witness", "relative", "professional"];
const POSTAL_CODE = /^\d{5}$/;

/** The form before the conversation. Calls `submit` only with an application that is well-formed. */
export class ApplicationForm {
  readonly #form = byId("application", HTMLFormElement);
  readonly #postalCode = byTestId("postal-code", HTMLInputElement);
  readonly #postalCodeProblem = byId("postal-code-problem", HTMLParagraphElement);
  readonly #roleProblem = byId("role-problem", HTMLParagraphElement);

  constructor(submit: (application: Application) => void) {
    this.#form.hidden = false;
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      const application = this.#read();
      if (application !== null) {
        submit(application);
      }
    });
    this.#postalCode.addEventListener("input", () => this.#flagPostalCode(false));
    this.#form.addEventListener("change", () => {
      this.#roleProblem.hidden = true;
    });
  }

  /** The service knows no such postal code. */
  refuse(): void {
    this.#flagPostalCode(true);
    this.#postalCode.focus();
  }

  empty(): void {
    this.#form.reset();
  }

  /** null, with the first mistake shown and focused, if there is one. */
  #read(): Application | null {
    const fields = new FormData(this.#form);
    const role = ROLES.find((candidate) => candidate === fields.get("role"));
    const postalCode = this.#postalCode.value.replace(/\s/g, "");
    this.#roleProblem.hidden = role !== undefined;
    this.#flagPostalCode(!POSTAL_CODE.test(postalCode));
    if (role === undefined) {
      byTestId("role-victim", HTMLInputElement).focus();
      return null;
    }
    if (!POSTAL_CODE.test(postalCode)) {
      this.#postalCode.focus();
      return null;
    }
    return { role, postalCode, language: document.documentElement.lang, inDanger: fields.get("danger") !== null };
  }

  #flagPostalCode(wrong: boolean): void {
    this.#postalCodeProblem.hidden = !wrong;
    this.#postalCode.setAttribute("aria-invalid", String(wrong));
  }
}
