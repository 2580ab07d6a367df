import { Backoff } from "./backoff";
import { Refused, Unavailable } from "./errors";
import type { ConversationEvent } from "./events";
import type { Answer } from "./orientation";
import type { Clock, PortalSession, Randomness } from "./ports";

/** The guest's decisions on proposals, sent one after the other, each again until there is an answer. */
export class Answers {
  #last: Promise<void> = Promise.resolve();

  constructor(
    private readonly session: Pick<PortalSession, "answer">,
    private readonly clock: Clock,
    private readonly randomness: Randomness,
    private readonly signal: AbortSignal,
    private readonly emit: (event: ConversationEvent) => void,
    private readonly broken: (error: unknown) => void,
  ) {}

  give(answer: Answer): void {
    this.emit({ type: "answer-given", answer });
    this.#last = this.#last.then(() => this.#deliver(answer)).catch((error) => this.broken(error));
  }

  async #deliver(answer: Answer): Promise<void> {
    const backoff = new Backoff(this.clock, this.randomness, this.signal);
    while (!this.signal.aborted) {
      try {
        await this.session.answer(answer);
        this.emit({ type: "answer-confirmed", answer });
        this.emit({ type: "network-restored" });
        return;
      } catch (error) {
        if (error instanceof Refused) {
          this.emit({ type: "answer-refused", id: answer.proposal });
          return;
        }
        if (!(error instanceof Unavailable)) {
          throw error;
        }
        this.emit({ type: "network-lost" });
        await backoff.wait(error);
      }
    }
  }
}
