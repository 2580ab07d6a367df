import { byId, byTestId } from "./elements";
import type { Page } from "./page";
import { readTexts } from "./texts";
import { takeWordsFrom } from "./words";

/**
 * Languages and leaves, chosen without leaving the page. The buttons are those of a form that the portal answers with the
 * same page, so they work before this script, too, and without it.
 */
export function installChoices(page: Page, fetchPage: (language: string) => Promise<Document>): void {
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[name=leaf]")) {
    button.addEventListener("click", (event) => {
      event.preventDefault();
      page.turnTo(button.value);
    });
  }
  const languages = byTestId("languages", HTMLDetailsElement);
  const problem = byId("language-problem", HTMLParagraphElement);
  for (const button of document.querySelectorAll<HTMLButtonElement>("button[name=language]")) {
    button.addEventListener("click", async (event) => {
      event.preventDefault();
      const other = await fetchPage(button.value).catch(() => null);
      problem.hidden = other !== null;
      if (other === null) {
        return;
      }
      takeWordsFrom(other);
      page.speak(readTexts(other));
      languages.open = false;
      languages.querySelector("summary")?.focus();
    });
  }
}
