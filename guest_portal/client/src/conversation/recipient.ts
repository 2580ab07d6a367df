import { Backoff } from "./backoff";
import { Refused, Unavailable } from "./errors";
import type { Clock, Cryptography, Randomness, Readiness } from "./ports";

/** Whom to seal for, from one moment to the next change: equal only if nobody came or went in between. */
export type Sitting = { readonly agent: string };

export interface RecipientListener {
  /** The agent can be written to. */
  recipientReady(): void;
  /** The agent cannot be written to any more, or not yet. */
  recipientUnready(): void;
  recipientIdentityChanged(): void;
  broken(error: unknown): void;
}

/** Knows the one agent to write to, and whether that agent has a device that may be given keys. */
export class Recipient {
  #sitting: Sitting | null = null;
  #ready = false;
  #backoff: Backoff | null = null;

  constructor(
    private readonly cryptography: Cryptography,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
    private readonly signal: AbortSignal,
    private readonly listener: RecipientListener,
  ) {}

  /** The agent to write to now; null while nobody is there or can be given keys. */
  get current(): Sitting | null {
    return this.#ready ? this.#sitting : null;
  }

  /** Somebody else, or nobody, is to be written to from now on. */
  change(agent: string | null): void {
    this.#ready = false;
    this.#sitting = agent === null ? null : { agent };
    this.#backoff?.wake();
    if (this.#sitting !== null) {
      this.#backoff = new Backoff(this.clock, this.randomness, this.signal);
      this.#settle(this.#sitting, this.#backoff);
    }
  }

  /** The devices of the agent have changed. */
  recheck(): void {
    this.#backoff?.reset();
    this.#backoff?.wake();
  }

  /** Sealing for the agent has found no device. */
  doubt(): void {
    const [sitting, backoff] = [this.#sitting, this.#backoff];
    if (this.#ready && sitting !== null && backoff !== null) {
      this.#ready = false;
      this.listener.recipientUnready();
      backoff.wait().then(() => this.#settle(sitting, backoff));
    }
  }

  #settle(sitting: Sitting, backoff: Backoff): void {
    this.#assessUntilReady(sitting, backoff).catch((error) => this.listener.broken(error));
  }

  async #assessUntilReady(sitting: Sitting, backoff: Backoff): Promise<void> {
    let told = false;
    const concerns = () => !this.signal.aborted && this.#sitting === sitting;
    while (concerns()) {
      const readiness = await this.#assess(sitting.agent);
      if (!concerns()) {
        return;
      }
      if (readiness === "ready") {
        this.#ready = true;
        this.listener.recipientReady();
        return;
      }
      if (readiness === "identity-changed" && !told) {
        told = true;
        this.listener.recipientIdentityChanged();
      }
      await backoff.wait();
    }
  }

  async #assess(agent: string): Promise<Readiness> {
    try {
      return await this.cryptography.assess(agent);
    } catch (error) {
      if (error instanceof Unavailable || error instanceof Refused) {
        return "no-signed-device";
      }
      throw error;
    }
  }
}
