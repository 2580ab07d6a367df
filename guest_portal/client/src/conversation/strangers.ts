import type { Clock } from "./ports";

/** Agents join before the warden names them, and who comes second in a claim is out again within a moment. */
const GRACE_MS = 10_000;

/** Watches for members whom the warden has not named. They are given nothing; the guest is told once of each. */
export class Strangers {
  #present: ReadonlySet<string> = new Set();
  readonly #watched = new Set<string>();

  constructor(
    private readonly clock: Clock,
    private readonly signal: AbortSignal,
    private readonly tell: () => void,
  ) {}

  /** Those who are there now. */
  follow(present: readonly string[]): void {
    this.#present = new Set(present);
    for (const stranger of present) {
      if (!this.#watched.has(stranger)) {
        this.#watched.add(stranger);
        void this.#watch(stranger);
      }
    }
  }

  async #watch(stranger: string): Promise<void> {
    await this.clock.wait(GRACE_MS, this.signal);
    if (this.signal.aborted) {
      return;
    }
    if (this.#present.has(stranger)) {
      this.tell();
    } else {
      this.#watched.delete(stranger);
    }
  }
}
