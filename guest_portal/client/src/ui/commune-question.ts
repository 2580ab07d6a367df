import type { Commune } from "../conversation/ports";
import { byId, byTestId, make } from "./elements";

/** Asks for the commune where the portal needs it. Between the prompt and "I do not know", the list is the portal's. */
export class CommuneQuestion {
  readonly #field = byId("commune-field", HTMLDivElement);
  readonly #list = byTestId("commune", HTMLSelectElement);
  readonly #problem = byId("commune-problem", HTMLParagraphElement);
  readonly #prompt = byId("commune-prompt", HTMLOptionElement);
  readonly #unknown = byId("commune-unknown", HTMLOptionElement);
  #communes: readonly Commune[] = [];

  constructor() {
    this.#list.addEventListener("change", () => this.flag(false));
  }

  /** Shows a new list, with nothing chosen and the focus on it; an empty one leaves no trace. */
  ask(communes: readonly Commune[]): void {
    if (communes === this.#communes) {
      return;
    }
    this.#communes = communes;
    const options = communes.map(({ insee, name }) => Object.assign(make("option", "", name), { value: insee }));
    this.#list.replaceChildren(this.#prompt, ...options, this.#unknown);
    this.#list.value = "";
    this.flag(false);
    this.#field.hidden = !this.asked;
    if (this.asked) {
      this.#list.focus({ preventScroll: true });
      this.#field.scrollIntoView({ block: "center" });
    }
  }

  get asked(): boolean {
    return this.#communes.length > 0;
  }

  /** null where nothing is asked or chosen. */
  get answer(): string | null {
    return this.asked && this.#list.value !== "" ? this.#list.value : null;
  }

  focus(): void {
    this.#list.focus();
  }

  flag(wrong: boolean): void {
    this.#problem.hidden = !wrong;
    this.#list.setAttribute("aria-invalid", String(wrong));
  }
}
