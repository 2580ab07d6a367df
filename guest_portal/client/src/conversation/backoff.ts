import { Unavailable } from "./errors";
import type { Clock, Randomness } from "./ports";

const FIRST_MS = 400;
const LONGEST_MS = 6_000;

/** Waits that double up to six seconds, each shortened by up to half at random so that pages do not come back as one. */
export class Backoff {
  #attempts = 0;
  #wake: () => void = () => undefined;

  constructor(
    private readonly clock: Clock,
    private readonly randomness: Randomness,
    private readonly signal: AbortSignal,
  ) {}

  /** How many waits there have been since the last `reset`. */
  get attempts(): number {
    return this.#attempts;
  }

  reset(): void {
    this.#attempts = 0;
  }

  /** Ends the wait under way, if any. */
  wake(): void {
    this.#wake();
  }

  /** The next wait; at least as long as the server asked for if `cause` says so. Ends early when the page does. */
  async wait(cause: unknown = null): Promise<void> {
    const longest = Math.min(FIRST_MS * 2 ** this.#attempts, LONGEST_MS);
    const asked = cause instanceof Unavailable ? (cause.retryAfterMs ?? 0) : 0;
    this.#attempts += 1;
    const awake = new AbortController();
    const wake = () => awake.abort();
    this.#wake = wake;
    this.signal.addEventListener("abort", wake, { once: true });
    if (!this.signal.aborted) {
      await this.clock.wait(Math.max(asked, longest * (1 - this.randomness.fraction() / 2)), awake.signal);
    }
    this.signal.removeEventListener("abort", wake);
  }
}
