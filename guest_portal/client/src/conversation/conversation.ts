import { Backoff } from "./backoff";
import { CommuneNeeded, Refused, SessionEnded, Unavailable } from "./errors";
import type { ConversationEvent } from "./events";
import { Following } from "./following";
import { Inbox } from "./inbox";
import { Outbox } from "./outbox";
import { persistent } from "./persistence";
import type {
  Application,
  Clock,
  Cryptography,
  CryptographyFactory,
  CryptographyLoader,
  Portal,
  PortalSession,
  Randomness,
  SyncBatch,
} from "./ports";
import { Recipient } from "./recipient";
import { reduce } from "./reducer";
import { type ConversationState, type Failure, INITIAL_STATE } from "./state";
import { followSync } from "./sync-loop";
import { problemWith, type TextProblem } from "./text";

export type Surroundings = {
  readonly portal: Portal;
  readonly cryptography: CryptographyLoader;
  readonly clock: Clock;
  readonly randomness: Randomness;
};

/** What exists between the opening and the end, and is dropped as a whole. */
type Course = {
  readonly session: PortalSession;
  readonly cryptography: Cryptography;
  readonly recipient: Recipient;
  readonly outbox: Outbox;
  readonly inbox: Inbox;
  readonly following: Following;
};

/** One conversation, from the form to its end. `show` is called with every new state, until `vanish`. */
export class Conversation {
  #state: ConversationState = INITIAL_STATE;
  #session: PortalSession | null = null;
  #cryptography: Cryptography | null = null;
  #course: Course | null = null;
  /** Aborted when the conversation ends, for whatever reason. */
  #talk = new AbortController();
  /** Aborted when the page ends. */
  readonly #page = new AbortController();

  constructor(
    private readonly surroundings: Surroundings,
    private readonly show: (state: ConversationState) => void,
  ) {}

  get state(): ConversationState {
    return this.#state;
  }

  /** Opens a conversation. Nothing is asked of the portal before encryption is known to work here. */
  async start(application: Application): Promise<void> {
    if (this.#state.phase !== "form" || this.#page.signal.aborted) {
      return;
    }
    this.#emit({ type: "opening-started" });
    let factory: CryptographyFactory;
    try {
      factory = await this.surroundings.cryptography.load();
    } catch {
      this.#fail("insecure");
      return;
    }
    if (!this.#page.signal.aborted && (await this.#open(application))) {
      await this.#secure(factory).catch((error) => this.#stop(error));
    }
  }

  /** Forgets the communes to choose from: they are those of the postal code as it was. */
  editPostalCode(): void {
    this.#emit({ type: "postal-code-edited" });
  }

  /** Takes a message to send, or says why it cannot be one. */
  write(text: string): TextProblem | null {
    const problem = problemWith(text);
    if (problem === null && this.#course !== null) {
      const key = this.surroundings.randomness.identifier();
      this.#emit({ type: "message-written", key, text });
      this.#course.outbox.add(key, text);
    }
    return problem;
  }

  /** Sends again a message that was refused. */
  retry(key: string): void {
    const entry = this.#state.timeline.find((candidate) => candidate.key === key);
    if (entry?.kind === "own" && entry.delivery === "failed") {
      this.#emit({ type: "message-retried", key });
      this.#course?.outbox.add(key, entry.text);
    }
  }

  /** Ends the conversation: texts and keys are gone at once, the departure is repeated until it is confirmed. */
  async end(): Promise<void> {
    const session = this.#session;
    if (session === null || this.#course === null) {
      return;
    }
    this.#drop();
    this.#emit({ type: "closed", departureConfirmed: false });
    if (await this.#depart(session)) {
      this.#session = null;
      this.#emit({ type: "departure-confirmed" });
    }
  }

  /** The page is going away. Synchronous: keys are dropped and the erasure asked for when it returns. Repeatable. */
  vanish(): void {
    if (this.#page.signal.aborted) {
      return;
    }
    this.#page.abort();
    this.#drop();
    this.#state = INITIAL_STATE;
    this.#session?.requestErasure();
    this.#session = null;
  }

  /** Whether the guest is known to be out of its room; asks until there is an answer, or the page ends. */
  async #depart(session: PortalSession): Promise<boolean> {
    const backoff = new Backoff(this.surroundings.clock, this.surroundings.randomness, this.#page.signal);
    while (!this.#page.signal.aborted) {
      try {
        await session.leave();
        return true;
      } catch (error) {
        if (!(error instanceof Unavailable)) {
          return isOut(error);
        }
        await backoff.wait(error);
      }
    }
    return false;
  }

  /** Whether the portal has given a session. The answer may come after the page has vanished. */
  async #open(application: Application): Promise<boolean> {
    try {
      const session = await this.surroundings.portal.open(application);
      if (this.#page.signal.aborted) {
        session.requestErasure();
        return false;
      }
      this.#session = session;
      return true;
    } catch (error) {
      if (error instanceof CommuneNeeded) {
        this.#emit({ type: "commune-asked", communes: error.communes });
      } else if (error instanceof Refused && error.status === 400) {
        this.#emit({ type: "form-refused" });
      } else {
        this.#fail("unavailable");
      }
      return false;
    }
  }

  async #secure(factory: CryptographyFactory): Promise<void> {
    const session = this.#session;
    const signal = this.#talk.signal;
    if (session === null) {
      return;
    }
    const { clock, randomness } = this.surroundings;
    const cryptography = await factory.create(session.guest, persistent(session, clock, randomness, signal));
    if (signal.aborted) {
      cryptography.destroy();
      return;
    }
    this.#cryptography = cryptography;
    await cryptography.establish();
    await this.#announce(session);
    if (!signal.aborted) {
      const course = this.#begin(session, cryptography);
      this.#emit({ type: "opened", reference: session.reference });
      await followSync(session, clock, randomness, signal, this.#emit, (batch) => this.#apply(course, batch));
    }
  }

  async #announce(session: PortalSession): Promise<void> {
    const backoff = new Backoff(this.surroundings.clock, this.surroundings.randomness, this.#talk.signal);
    while (!this.#talk.signal.aborted) {
      try {
        return await session.ready();
      } catch (error) {
        if (!(error instanceof Unavailable) || backoff.attempts >= 4) {
          throw error;
        }
        await backoff.wait(error);
      }
    }
  }

  #begin(session: PortalSession, cryptography: Cryptography): Course {
    const { clock, randomness } = this.surroundings;
    const signal = this.#talk.signal;
    const stop = (error: unknown) => this.#stop(error);
    const inbox = new Inbox(cryptography, this.#emit);
    const recipient: Recipient = new Recipient(cryptography, clock, randomness, signal, {
      recipientReady: () => {
        this.#emit({ type: "connected" });
        outbox.kick();
        inbox.retry().catch(stop);
      },
      recipientUnready: () => this.#emit({ type: "connection-unsealed" }),
      recipientIdentityChanged: () => this.#emit({ type: "noticed", notice: "agent-identity-changed" }),
      broken: stop,
    });
    const outbox = new Outbox(session, cryptography, recipient, clock, randomness, signal, this.#emit, stop);
    const following = new Following(session.guest, recipient, outbox, inbox, this.#emit);
    this.#course = { session, cryptography, recipient, outbox, inbox, following };
    return this.#course;
  }

  async #apply(course: Course, batch: SyncBatch): Promise<void> {
    const { cryptography, following, inbox, recipient } = course;
    await cryptography.receive(batch);
    const standing = batch.room === null ? "inside" : await following.apply(batch.room);
    if (standing !== "inside") {
      this.#stop(standing === "outside" ? new SessionEnded(true) : null);
      return;
    }
    await cryptography.settle().catch(ifNotFinal);
    if (following.agent !== null && batch.devicesChanged.includes(following.agent)) {
      recipient.recheck();
    }
    if (batch.toDevice.length > 0 || batch.devicesChanged.length > 0) {
      await inbox.retry();
    }
  }

  /** Ends the conversation for a reason that is not the guest's. */
  #stop(error: unknown): void {
    if (this.#talk.signal.aborted) {
      return;
    }
    if (error instanceof SessionEnded && this.#course !== null) {
      this.#drop();
      this.#session?.requestErasure();
      this.#session = null;
      this.#emit({ type: "closed", departureConfirmed: error.erased });
    } else {
      this.#fail("insecure");
    }
  }

  #fail(failure: Failure): void {
    this.#drop();
    this.#session?.requestErasure();
    this.#session = null;
    this.#emit({ type: "failed", failure });
  }

  #drop(): void {
    this.#talk.abort();
    this.#course = null;
    this.#cryptography?.destroy();
    this.#cryptography = null;
  }

  readonly #emit = (event: ConversationEvent): void => {
    if (this.#page.signal.aborted) {
      return;
    }
    const before = this.#state;
    this.#state = reduce(before, event);
    if (this.#state !== before) {
      this.show(this.#state);
    }
  };
}

/** Key requests that fail for now, or for somebody who has left, are made again with the next batch. */
function ifNotFinal(error: unknown): void {
  if (!(error instanceof Unavailable || error instanceof Refused)) {
    throw error;
  }
}

/** Whether a departure was refused because there was nobody to depart any more. */
function isOut(error: unknown): boolean {
  return error instanceof SessionEnded ? error.erased : error instanceof Refused && error.errcode === "M_FORBIDDEN";
}
