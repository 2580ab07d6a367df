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

const MIDDLE_BUTTON = 1;

/**
 * The ways out of the page, all alike: the erasure is asked for, the page is blank before the next frame, and the browser
 * goes to the neutral site in place of this page, whether or not the service can be reached. The page is never shown
 * again, not even from a cache.
 */
export function installExit(departure: Departure, words: (which: ExitText) => string): void {
  const link = byTestId("exit", HTMLAnchorElement);
  const address = link.href;
  const start = `${location.origin}${location.pathname}`;
  let left = false;

  function leave(): void {
    if (!left) {
      left = true;
      takeEach(
        () => departure.vanish(),
        wipe,
        () => departure.forget(),
        () => location.replace(address),
      );
    }
  }

  const leaveByLink = (event: Event) => {
    event.preventDefault();
    leave();
  };
  for (const way of [link, ...document.querySelectorAll("[data-leave]")]) {
    way.addEventListener("click", leaveByLink);
    way.addEventListener("auxclick", (event) => {
      if (event instanceof MouseEvent && event.button === MIDDLE_BUTTON) {
        leaveByLink(event);
      }
    });
    way.addEventListener("dragstart", (event) => event.preventDefault());
  }
  followGestures(leave, words);
  addEventListener("pagehide", () => takeEach(() => departure.vanish(), wipe));
  addEventListener("pageshow", (event) => {
    if (event.persisted) {
      location.replace(start);
    }
  });
}

/** Takes each step, whatever becomes of those before it: what fails must not keep anybody on the page. */
export function takeEach(...steps: readonly (() => void)[]): void {
  for (const step of steps) {
    try {
      step();
    } catch {
      // Nobody is left to tell.
    }
  }
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
