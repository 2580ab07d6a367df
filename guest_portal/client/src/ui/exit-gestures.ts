import { byTestId } from "./elements";
import { NEXT_WITHIN_MS, type Progress, ShiftGesture } from "./shift-gesture";
import { TapGesture } from "./tap-gesture";
import type { ExitText } from "./texts";

/** Calls `leave` when Shift, or fingers, say so; tells meanwhile how far Shift has come. */
export function followGestures(leave: () => void, words: (which: ExitText) => string): void {
  followShift(leave, new Announcement(words));
  followFingers(leave);
}

function followShift(leave: () => void, announcement: Announcement): void {
  const gesture = new ShiftGesture();
  let expiry: ReturnType<typeof setTimeout> | undefined;
  const give = (progress: Progress) => {
    clearTimeout(expiry);
    announcement.tell(progress);
    if (progress === 3) {
      leave();
    } else if (progress > 0) {
      expiry = setTimeout(interrupt, NEXT_WITHIN_MS);
    }
  };
  const interrupt = () => {
    gesture.interrupt();
    give(0);
  };
  const follow = (event: KeyboardEvent) => {
    const { key, repeat, isComposing, timeStamp } = event;
    const type = event.type === "keyup" ? "keyup" : "keydown";
    const modified = event.altKey || event.ctrlKey || event.metaKey;
    give(gesture.follow({ type, key, repeat, isComposing, modified, timeStamp }));
  };
  addEventListener("keydown", follow, { capture: true });
  addEventListener("keyup", follow, { capture: true });
  addEventListener("pointerdown", interrupt, { capture: true });
}

/** Three lights on the button, and a sentence for those who hear the page. */
class Announcement {
  readonly #sentence = byTestId("exit-progress", HTMLParagraphElement);
  readonly #lights = byTestId("lights", HTMLSpanElement);
  #told: Progress = 0;
  #silence: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly words: (which: ExitText) => string) {}

  tell(progress: Progress): void {
    if (progress === this.#told) {
      return;
    }
    this.#told = progress;
    clearTimeout(this.#silence);
    this.#lights.hidden = progress === 0;
    this.#lights.dataset.lit = String(progress);
    this.#sentence.textContent = this.words(progress === 0 ? "expired" : progress === 1 ? "two-more" : "one-more");
    if (progress === 0) {
      this.#silence = setTimeout(() => this.#sentence.replaceChildren(), NEXT_WITHIN_MS);
    }
  }
}

function followFingers(leave: () => void): void {
  const gesture = new TapGesture();
  const bar = byTestId("top", HTMLElement);
  const types = { touchstart: "start", touchmove: "move", touchend: "end", touchcancel: "cancel" } as const;
  for (const [name, type] of Object.entries(types)) {
    addEventListener(
      name,
      (event) => {
        const { touches, target, timeStamp } = event as TouchEvent;
        const fingers = Array.from(touches, ({ identifier, clientX, clientY }) => ({
          id: identifier,
          x: clientX,
          y: clientY,
        }));
        const onBar = target instanceof Element && bar.contains(target) && target.closest("a, button") === null;
        if (gesture.completes({ type, fingers, onBar, timeStamp })) {
          leave();
        }
      },
      { capture: true, passive: true },
    );
  }
}
