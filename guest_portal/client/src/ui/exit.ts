import { byTestId } from "./elements";
import { ShiftGesture } from "./shift-gesture";

/**
 * The ways out of the page, all alike: first the page is blank, then `vanish` drops keys and asks for the erasure, then
 * the browser goes to the exit address in place of this page. The page is never shown again, not even from a cache.
 */
export function installExit(vanish: () => void): void {
  const link = byTestId("exit", HTMLAnchorElement);
  const address = link.href;
  const start = `${location.origin}${location.pathname}`;
  let left = false;

  function leave(): void {
    if (!left) {
      left = true;
      wipe();
      vanish();
      location.replace(address);
    }
  }

  const leaveByLink = (event: Event) => {
    event.preventDefault();
    leave();
  };
  link.addEventListener("click", leaveByLink);
  for (const other of document.querySelectorAll("[data-leave]")) {
    other.addEventListener("click", leaveByLink);
  }
  installGesture(leave);
  addEventListener("pagehide", () => {
    wipe();
    vanish();
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) {
      location.replace(start);
    }
  });
}

function installGesture(leave: () => void): void {
  const gesture = new ShiftGesture();
  const follow = (event: KeyboardEvent) => {
    const { key, repeat, isComposing, timeStamp } = event;
    if (
      gesture.completes({ type: event.type === "keyup" ? "keyup" : "keydown", key, repeat, isComposing, timeStamp })
    ) {
      leave();
    }
  };
  addEventListener("keydown", follow, { capture: true });
  addEventListener("keyup", follow, { capture: true });
  addEventListener("pointerdown", () => gesture.interrupt(), { capture: true });
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
  document.body.replaceWith(document.createElement("body"));
}
