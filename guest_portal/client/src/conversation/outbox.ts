import { Backoff } from "./backoff";
import { Refused, Unavailable } from "./errors";
import type { ConversationEvent } from "./events";
import { padded } from "./padding";
import type { Clock, Cryptography, PortalSession, Randomness, SealedContent } from "./ports";
import type { Recipient, Sitting } from "./recipient";

type Draft = {
  readonly key: string;
  readonly text: string;
  /** The only agent whom it may go to; null for whoever is there. */
  readonly only: string | null;
  /** Whom the last ciphertext was made for. */
  readers: readonly string[];
};

/**
 * What the guest has written, sent strictly in the order it was written, one message at a time.
 *
 * A message's key is its transaction id for all its life. When an answer is lost the message is sent again under that
 * id, so that it never appears twice; when the agent has changed meanwhile it is sealed anew, still under that id.
 */
export class Outbox {
  readonly #queue: Draft[] = [];
  readonly #backoff: Backoff;
  #running = false;
  #permitted = false;
  #rotationDue = false;
  #closed = false;

  constructor(
    private readonly session: PortalSession,
    private readonly cryptography: Cryptography,
    private readonly recipient: Recipient,
    clock: Clock,
    randomness: Randomness,
    private readonly signal: AbortSignal,
    private readonly emit: (event: ConversationEvent) => void,
    private readonly broken: (error: unknown) => void,
  ) {
    this.#backoff = new Backoff(clock, randomness, signal);
  }

  /** With `only`, the message goes to this agent, who must still be there, or to nobody. */
  add(key: string, text: string, only: string | null = null): void {
    this.#queue.push({ key, text, only, readers: [] });
    this.kick();
  }

  /** Nothing more is sent. */
  close(): void {
    this.#closed = true;
    this.#queue.splice(0);
    this.#backoff.wake();
  }

  /** Whether the homeserver would take a message now. */
  permit(permitted: boolean): void {
    if (permitted && !this.#permitted) {
      this.#backoff.wake();
    }
    this.#permitted = permitted;
    this.kick();
  }

  /** The recipient has changed: the key in use is discarded before anything else is sealed. */
  rotate(): void {
    this.#rotationDue = true;
    this.#backoff.wake();
    this.kick();
  }

  /** The homeserver has shown us our own message: it has arrived, whatever became of the answer. */
  echoed(key: string, eventId: string): void {
    const readers = this.#take(key)?.readers;
    if (readers !== undefined) {
      this.emit({ type: "message-sent", key, eventId, readers });
    }
    this.#backoff.wake();
  }

  /** Goes on with whatever can be done. */
  kick(): void {
    if (!this.#running && !this.#closed && !this.signal.aborted) {
      this.#running = true;
      this.#run().catch((error) => this.broken(error));
    }
  }

  async #run(): Promise<void> {
    try {
      while (!this.signal.aborted && !this.#closed) {
        this.#dropWhatIsForOthers();
        const [draft] = this.#queue;
        const sitting = this.recipient.current;
        if (this.#rotationDue) {
          this.#rotationDue = false;
          await this.cryptography.rotate();
        } else if (draft !== undefined && sitting !== null && this.#permitted) {
          await this.#deliver(draft, sitting);
        } else {
          return;
        }
      }
    } finally {
      this.#running = false;
    }
  }

  /** What may go to one agent only is dropped when that agent has gone. */
  #dropWhatIsForOthers(): void {
    for (const draft of this.#queue.filter(({ only }) => only !== null && only !== this.recipient.agent)) {
      this.#take(draft.key);
    }
  }

  /** One message, until it is sent, refused, or the agent is no longer the one it was sealed for. */
  async #deliver(draft: Draft, sitting: Sitting): Promise<void> {
    let sealed: SealedContent | null = null;
    this.emit({ type: "message-sending", key: draft.key });
    while (this.#concerns(draft, sitting)) {
      try {
        sealed ??= await this.#seal(draft, sitting);
        if (sealed === null || !this.#concerns(draft, sitting)) {
          break;
        }
        const eventId = await this.session.send(draft.key, sealed);
        this.#take(draft.key);
        this.#backoff.reset();
        this.emit({ type: "message-sent", key: draft.key, eventId, readers: draft.readers });
        this.emit({ type: "network-restored" });
        return;
      } catch (error) {
        if (!(await this.#mayTryAgain(error, draft))) {
          return;
        }
      }
    }
    this.emit({ type: "message-held", key: draft.key });
  }

  /** Null when the agent turns out to have no device that may be given the key. */
  async #seal(draft: Draft, sitting: Sitting): Promise<SealedContent | null> {
    const content = padded({ msgtype: "m.text", body: draft.text });
    draft.readers = [sitting.agent, ...sitting.listeners];
    const sealed = await this.cryptography.sealFor(sitting.agent, sitting.listeners, "m.room.message", content);
    if (sealed === null && this.recipient.current === sitting) {
      this.recipient.doubt();
    }
    return sealed;
  }

  /** Whether the same ciphertext may be sent again after `error`, once the wait that it calls for is over. */
  async #mayTryAgain(error: unknown, draft: Draft): Promise<boolean> {
    if (this.signal.aborted) {
      return false;
    }
    if (error instanceof Unavailable) {
      this.emit({ type: "network-lost" });
      await this.#backoff.wait(error);
      return true;
    }
    if (!(error instanceof Refused)) {
      throw error;
    }
    if (error.errcode === "M_FORBIDDEN") {
      this.emit({ type: "message-held", key: draft.key });
      await this.#backoff.wait(error);
    } else {
      this.#take(draft.key);
      this.emit({ type: "message-refused", key: draft.key });
    }
    return false;
  }

  #concerns(draft: Draft, sitting: Sitting): boolean {
    return !this.signal.aborted && this.#queue[0] === draft && this.recipient.current === sitting;
  }

  #take(key: string): Draft | undefined {
    const place = this.#queue.findIndex((draft) => draft.key === key);
    return place < 0 ? undefined : this.#queue.splice(place, 1)[0];
  }
}
