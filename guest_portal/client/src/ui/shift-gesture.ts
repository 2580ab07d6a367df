const PRESSES = 3;
const WITHIN_MS = 3_000;

export type KeyPress = {
  readonly type: "keydown" | "keyup";
  readonly key: string;
  readonly repeat: boolean;
  readonly isComposing: boolean;
  readonly timeStamp: number;
};

/**
 * Recognises Shift pressed three times within three seconds, each time alone. Holding it down, using it for a capital or
 * a shortcut, or composing a character with an input method does not count.
 */
export class ShiftGesture {
  #presses: number[] = [];
  #alone = false;

  /** Whether `event` completes the gesture. */
  completes(event: KeyPress): boolean {
    if (event.key !== "Shift" || event.isComposing) {
      this.interrupt();
      return false;
    }
    if (event.type === "keydown") {
      this.#alone = !event.repeat;
      return false;
    }
    if (!this.#alone) {
      this.interrupt();
      return false;
    }
    this.#alone = false;
    this.#presses = [...this.#presses, event.timeStamp].filter((at) => event.timeStamp - at <= WITHIN_MS);
    return this.#presses.length >= PRESSES;
  }

  /** Something else was done in between. */
  interrupt(): void {
    this.#presses = [];
    this.#alone = false;
  }
}
