const PRESSES = 3;
/** The time that each press leaves for the next, as in GOV.UK's "Exit this page". */
export const NEXT_WITHIN_MS = 5_000;

export type KeyPress = {
  readonly type: "keydown" | "keyup";
  readonly key: string;
  readonly repeat: boolean;
  readonly isComposing: boolean;
  /** Whether Alt, Control or Meta is held: with Shift they change the keyboard's language, or the direction of writing. */
  readonly modified: boolean;
  readonly timeStamp: number;
};

/** How far the gesture has come: the presses that count so far. Three complete it. */
export type Progress = 0 | 1 | 2 | 3;

/**
 * Recognises Shift pressed three times, each time alone and within five seconds of the one before. Holding it down, using
 * it for a capital or a shortcut, or composing a character with an input method does not count.
 */
export class ShiftGesture {
  #presses = 0;
  #lastAt = 0;
  #alone = false;

  /** The progress once `event` is taken in. */
  follow(event: KeyPress): Progress {
    if (event.key !== "Shift" || event.isComposing || event.modified) {
      this.interrupt();
    } else if (event.type === "keydown") {
      this.#alone = !event.repeat;
    } else if (!this.#alone) {
      this.interrupt();
    } else {
      this.#alone = false;
      this.#presses = event.timeStamp - this.#lastAt > NEXT_WITHIN_MS ? 1 : this.#presses + 1;
      this.#lastAt = event.timeStamp;
    }
    return Math.min(this.#presses, PRESSES) as Progress;
  }

  /** Something else was done in between, or too much time has passed. */
  interrupt(): void {
    this.#presses = 0;
    this.#alone = false;
  }
}
