import { byTestId } from "./elements";
import { followGestures } from "./exit-gestures";
import type { ExitText } from "./texts";

/** What the exit does beyond the document, in memory and by requests that outlive the page. */
export interface Departure {
  /** Drops keys and words, and asks for the erasure. */
  vanish(): void;
  /** Asks the browser to drop what it may hold of this site. */
  forget(): void;
}

/**
 * The ways out of the page, all alike: first the page is blank, then the departure is made, then the browser goes to the
 * neutral site in place of this page, whether or not the service can be reached. The page is never shown again, not even
 * from a cache.
 */
export function installExit(departure: Departure, words: (which: ExitText) => string): void {
  const link = byTestId("exit", HTMLAnchorElement);
  const address = link.href;
  const start = `${location.origin}${location.pathname}`;
  let left = false;

  function leave(): void {
    if (!left) {
      left = true;
      wipe();
      departure.vanish();
      departure.forget();
      location.replace(address);
    }
  }

  const leaveByLink = (event: Event) => {
    event.preventDefault();
    leave();
  };
  for (const way of [link, ...document.querySelectorAll("[data-leave]")]) {
    way.addEventListener("click", leaveByLink);
    way.addEventListener("auxclick", leaveByLink);
    way.addEventListener("dragstart", (event) => event.preventDefault());
  }
  followGestures(leave, words);
  addEventListener("pagehide", () => {
    wipe();
    departure.vanish();
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) {
      location.replace(start);
    }
  });
}

/** Nothing is left to see, to restore in a field, or to read in the document. */
function wipe(): void {
  for (const field of document.querySelectorAll("input, textarea, select")) {
    if (field instanceof HTMLTextAreaElement) {
      field.value = "";
    } else if (field instanceof HTMLSelectElement) {
      field.replaceChildren();
    } else if (field instanceof HTMLInputElement) {
      field.checked = false;
      field.value = "";
    }
    field.remove();
  }
  getSelection()?.removeAllRanges();
  document.body.replaceWith(document.createElement("body"));
}
