import { Answers } from "./answers";
import { Refused, Unavailable } from "./errors";
import type { ConversationEvent } from "./events";
import { Following, type Standing } from "./following";
import { Inbox } from "./inbox";
import { Outbox } from "./outbox";
import { placeIn } from "./place";
import type { Clock, Cryptography, PortalSession, Randomness, SyncBatch } from "./ports";
import { Recipient } from "./recipient";
import { Removals } from "./removals";
import { Strangers } from "./strangers";
import { TypingSignal } from "./typing-signal";

/** What exists between the opening and the end, and is dropped as a whole. */
export class Course {
  readonly outbox: Outbox;
  readonly answers: Answers;
  readonly removals: Removals;
  readonly typing: TypingSignal;
  readonly #recipient: Recipient;
  readonly #inbox: Inbox;
  readonly #following: Following;

  constructor(
    private readonly session: PortalSession,
    private readonly cryptography: Cryptography,
    clock: Clock,
    randomness: Randomness,
    signal: AbortSignal,
    private readonly emit: (event: ConversationEvent) => void,
    stop: (error: unknown) => void,
  ) {
    const nameOf = (user: string) => this.#following.nameOf(user);
    this.#inbox = new Inbox(cryptography, emit, nameOf);
    this.#recipient = new Recipient(cryptography, clock, randomness, signal, {
      recipientReady: () => {
        emit({ type: "connected" });
        this.outbox.kick();
        this.#inbox.retry().catch(stop);
      },
      recipientUnready: () => emit({ type: "connection-unsealed" }),
      recipientIdentityChanged: () => emit({ type: "noticed", notice: "agent-identity-changed" }),
      unsignedDevice: (user) => emit({ type: "noticed", notice: "device-not-verified", name: nameOf(user) }),
      broken: stop,
    });
    this.outbox = new Outbox(session, cryptography, this.#recipient, clock, randomness, signal, emit, stop);
    this.answers = new Answers(session, clock, randomness, signal, emit, stop);
    this.removals = new Removals(session, emit, stop);
    this.typing = new TypingSignal(session, clock, stop);
    const strangers = new Strangers(clock, signal, () => emit({ type: "noticed", notice: "stranger" }));
    this.#following = new Following(session.guest, this.#recipient, this.outbox, this.#inbox, strangers, emit);
  }

  /** Takes in an answer of `/sync`. */
  async apply(batch: SyncBatch): Promise<Standing> {
    await this.cryptography.receive(batch);
    const place = placeIn(batch.toDevice, this.session.guest);
    if (place !== null) {
      this.emit({ type: "placed", place });
    }
    const standing = batch.room === null ? "inside" : await this.#following.apply(batch.room);
    if (standing !== "inside") {
      return standing;
    }
    await this.cryptography.settle().catch(ifNotFinal);
    if (this.#following.readers.some((reader) => batch.devicesChanged.includes(reader))) {
      this.#recipient.recheck();
    }
    if (batch.toDevice.length > 0 || batch.devicesChanged.length > 0) {
      await this.#inbox.retry();
    }
    return standing;
  }
}

/** Key requests that fail for now, or for somebody who has left, are made again with the next batch. */
function ifNotFinal(error: unknown): void {
  if (!(error instanceof Unavailable || error instanceof Refused)) {
    throw error;
  }
}
