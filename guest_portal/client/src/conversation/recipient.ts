import { Backoff } from "./backoff";
import { Refused, Unavailable } from "./errors";
import type { Clock, Cryptography, Randomness, Readiness } from "./ports";

/** Whom to seal for, from one moment to the next change: the same object only if nobody came or went in between. */
export type Sitting = { readonly agent: string; readonly listeners: readonly string[] };

export interface RecipientListener {
  /** The agent can be written to. */
  recipientReady(): void;
  /** The agent cannot be written to any more, or not yet. */
  recipientUnready(): void;
  recipientIdentityChanged(): void;
  /** Somebody who reads has a device that its owner has not signed: it gets nothing. Told once for each person. */
  unsignedDevice(user: string): void;
  broken(error: unknown): void;
}

/** Knows the one agent to write to, and who listens, and whether the agent has a device that may be given keys. */
export class Recipient {
  #sitting: Sitting | null = null;
  #ready = false;
  #backoff: Backoff | null = null;
  readonly #toldUnsigned = new Set<string>();

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

  /** The agent who is there, able to be written to or not. */
  get agent(): string | null {
    return this.#sitting?.agent ?? null;
  }

  /** Others, or nobody, are to be written to from now on; the agent first, then those who listen. */
  change(readers: readonly string[]): void {
    const [agent, ...listeners] = readers;
    const before = this.#sitting;
    this.#sitting = agent === undefined ? null : { agent, listeners };
    if (this.#sitting !== null && before?.agent === agent && this.#ready) {
      this.#look(this.#sitting);
      return;
    }
    this.#ready = false;
    this.#backoff?.wake();
    if (this.#sitting !== null) {
      this.#backoff = new Backoff(this.clock, this.randomness, this.signal);
      this.#settle(this.#sitting, this.#backoff);
    }
  }

  /** The devices of somebody who reads have changed. */
  recheck(): void {
    if (this.#ready && this.#sitting !== null) {
      this.#look(this.#sitting);
    } else {
      this.#backoff?.reset();
      this.#backoff?.wake();
    }
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

  /** Judges everybody's devices anew while conversation goes on. */
  #look(sitting: Sitting): void {
    this.#assess(sitting.agent)
      .then(async (readiness) => {
        if (readiness === "identity-changed" && this.current === sitting) {
          this.doubt();
        }
        await this.#tellUnsigned(sitting);
      })
      .catch((error) => this.listener.broken(error));
  }

  async #tellUnsigned(sitting: Sitting): Promise<void> {
    for (const user of [sitting.agent, ...sitting.listeners]) {
      if (user !== sitting.agent) {
        await this.#assess(user);
      }
      const tells = !this.#toldUnsigned.has(user) && (await this.cryptography.hasUnsignedDevice(user));
      if (tells && !this.signal.aborted && this.#sitting === sitting) {
        this.#toldUnsigned.add(user);
        this.listener.unsignedDevice(user);
      }
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
        await this.#tellUnsigned(sitting);
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
