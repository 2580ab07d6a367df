import { Refused, SessionEnded, Unavailable } from "./errors";
import type { Clock, PortalSession } from "./ports";

/** The homeserver holds what it was told for half a minute. */
const TOLD_FOR_MS = 20_000;

/** Tells the agent that the guest is writing, where the guest wants that told. Nothing depends on it. */
export class TypingSignal {
  #wanted = false;
  #toldAt: number | null = null;

  constructor(
    private readonly session: Pick<PortalSession, "typing">,
    private readonly clock: Clock,
    private readonly broken: (error: unknown) => void,
  ) {}

  /** Off until it is switched on. */
  switch(on: boolean): void {
    this.#wanted = on;
    if (!on) {
      this.writing(false);
    }
  }

  /** Whether there is something in the field, at every key. */
  writing(writing: boolean): void {
    const now = this.clock.now();
    if (writing && this.#wanted && (this.#toldAt === null || now - this.#toldAt >= TOLD_FOR_MS)) {
      this.#toldAt = now;
      this.#tell(true);
    } else if (!writing && this.#toldAt !== null) {
      this.#toldAt = null;
      this.#tell(false);
    }
  }

  #tell(typing: boolean): void {
    this.session.typing(typing).catch((error) => {
      if (!(error instanceof Unavailable || error instanceof Refused || error instanceof SessionEnded)) {
        this.broken(error);
      }
    });
  }
}
