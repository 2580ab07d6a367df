const TAPS = 3;
const NEXT_WITHIN_MS = 1_000;
const LONGEST_TAP_MS = 400;
/** A finger that slides further scrolls or zooms. */
const STILL_WITHIN_PX = 24;

export type Finger = { readonly id: number; readonly x: number; readonly y: number };

export type Touch = {
  readonly type: "start" | "move" | "end" | "cancel";
  /** Those on the screen; at the end of a touch, those that stay. */
  readonly fingers: readonly Finger[];
  /** Whether a single finger's tap counts where it came down. */
  readonly onBar: boolean;
  readonly timeStamp: number;
};

/**
 * Recognises three taps in a row with two fingers, anywhere, or with one finger on the bar at the top. Scrolling,
 * pinching, a long press or another number of fingers begins anew.
 */
export class TapGesture {
  #taps = 0;
  #tapsWith = 0;
  #lastAt = 0;
  #startedAt = 0;
  #most = 0;
  #still = false;
  #onBar = false;
  readonly #origins = new Map<number, Finger>();

  /** Whether `touch` completes the gesture. */
  completes(touch: Touch): boolean {
    if (touch.type === "start") {
      this.#start(touch);
    } else if (touch.type === "move") {
      this.#still &&= touch.fingers.every((finger) => this.#hasStayed(finger));
    } else if (touch.type === "cancel") {
      this.#still = false;
      this.#taps = 0;
    } else if (touch.fingers.length === 0) {
      return this.#lift(touch.timeStamp);
    }
    return false;
  }

  #start(touch: Touch): void {
    if (touch.fingers.length === 1 || this.#origins.size === 0) {
      this.#origins.clear();
      this.#startedAt = touch.timeStamp;
      this.#most = 0;
      this.#still = true;
      this.#onBar = touch.onBar;
    }
    this.#most = Math.max(this.#most, touch.fingers.length);
    for (const finger of touch.fingers) {
      if (!this.#origins.has(finger.id)) {
        this.#origins.set(finger.id, finger);
      }
    }
  }

  #hasStayed(finger: Finger): boolean {
    const origin = this.#origins.get(finger.id);
    return origin !== undefined && Math.hypot(finger.x - origin.x, finger.y - origin.y) <= STILL_WITHIN_PX;
  }

  /** The last finger has gone. */
  #lift(at: number): boolean {
    const counts = this.#most === 2 || (this.#most === 1 && this.#onBar);
    const tapped = counts && this.#still && at - this.#startedAt <= LONGEST_TAP_MS;
    this.#origins.clear();
    if (!tapped) {
      this.#taps = 0;
      return false;
    }
    const inARow = this.#tapsWith === this.#most && at - this.#lastAt <= NEXT_WITHIN_MS;
    this.#taps = inARow ? this.#taps + 1 : 1;
    this.#tapsWith = this.#most;
    this.#lastAt = at;
    return this.#taps >= TAPS;
  }
}
