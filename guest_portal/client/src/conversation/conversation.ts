import { depart } from "./coming-and-going";
import { Course } from "./course";
import { CommuneNeeded, Refused, SessionEnded, Unavailable } from "./errors";
import type { ConversationEvent } from "./events";
import type { Wish } from "./orientation";
import { insist, persistent } from "./persistence";
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
import { recapOf, unheardBy } from "./recap";
import { reduce } from "./reducer";
import { type ConversationState, type Failure, type Helped, INITIAL_STATE } from "./state";
import { followSync } from "./sync-loop";
import { cleanText, problemWith, type TextProblem } from "./text";

export type Surroundings = {
  readonly portal: Portal;
  readonly cryptography: CryptographyLoader;
  readonly clock: Clock;
  readonly randomness: Randomness;
};

/** One conversation, from the form to its end. `show` is called with every new state, until `vanish`. */
export class Conversation {
  #state: ConversationState = INITIAL_STATE;
  #session: PortalSession | null = null;
  /** What is left of a session that is given up. */
  #feedback: ((answer: Helped) => Promise<void>) | null = null;
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

  /**
   * Opens a conversation, from the form or after the service did not answer. Nothing is asked of the portal before
   * encryption is known to work here.
   */
  async start(application: Application): Promise<void> {
    const { phase, failure } = this.#state;
    if ((phase !== "form" && failure !== "unavailable") || this.#page.signal.aborted) {
      return;
    }
    this.#talk = new AbortController();
    this.#emit({ type: "opening-started" });
    try {
      const factory = await this.#insist(() => this.surroundings.cryptography.load());
      if (!this.#page.signal.aborted && (await this.#open(application))) {
        await this.#secure(factory);
      }
    } catch (error) {
      this.#stop(error);
    }
  }

  /** Forgets the communes to choose from: they are those of the postal code as it was. */
  editPostalCode(): void {
    this.#emit({ type: "postal-code-edited" });
  }

  /** Takes a message to send, or says why it cannot be one. */
  write(written: string): TextProblem | null {
    const text = cleanText(written);
    const problem = problemWith(text);
    if (problem === null && this.#course !== null) {
      const { clock, randomness } = this.surroundings;
      const key = randomness.identifier();
      this.#emit({ type: "message-written", key, text, at: clock.now() });
      this.#course.typing.writing(false);
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

  /** Takes back one of the guest's own messages that was sent, for everybody. */
  remove(key: string): void {
    const entry = this.#state.timeline.find((candidate) => candidate.key === key);
    if (entry?.kind === "own" && entry.eventId !== null && !entry.removing) {
      this.#course?.removals.remove(key, entry.eventId, this.surroundings.randomness.identifier());
    }
  }

  /** Answers whether what was said is passed on to the agent who is there now. */
  passOn(accepted: boolean): void {
    const { audience, passingOn, timeline } = this.#state;
    if (this.#course === null || audience === null || passingOn?.stage !== "asked") {
      return;
    }
    if (!accepted) {
      this.#emit({ type: "passing-on-declined" });
      return;
    }
    const agent = audience.agent.id;
    const texts = recapOf(unheardBy(agent, timeline));
    const keys = texts.map(() => this.surroundings.randomness.identifier());
    this.#emit({ type: "passing-on-started", keys });
    for (const [index, key] of keys.entries()) {
      this.#course.outbox.add(key, texts[index] ?? "", agent);
    }
  }

  /** Decides on a complaint or an association that is open. */
  answer(id: string, accepted: boolean, wish: Wish | null): void {
    const open = this.#state.timeline.some(
      (entry) => entry.kind === "proposal" && entry.proposal.id === id && entry.stage === "open",
    );
    if (open) {
      this.#course?.answers.give({ proposal: id, accepted, wish: accepted ? wish : null });
    }
  }

  /** Whether the agent may be told that the guest is writing. */
  showTyping(on: boolean): void {
    this.#course?.typing.switch(on);
  }

  /** Whether there is something in the field now. */
  writing(writing: boolean): void {
    this.#course?.typing.writing(writing);
  }

  /** Ends the conversation: texts and keys are gone at once, the departure is repeated until it is confirmed. */
  async end(): Promise<void> {
    const session = this.#session;
    if (session === null || this.#course === null) {
      return;
    }
    this.#drop();
    this.#emit({ type: "closed", departureConfirmed: false });
    const { clock, randomness } = this.surroundings;
    if (await depart(session, clock, randomness, this.#page.signal)) {
      this.#session = null;
      this.#emit({ type: "departure-confirmed" });
    }
  }

  /** Answers the question after the end, which is asked as long as the page is there. */
  async giveFeedback(answer: Helped): Promise<void> {
    const { phase, feedback } = this.#state;
    const asked = (phase === "ended" || phase === "closed") && (feedback === "asked" || feedback === "failed");
    if (!asked || this.#feedback === null) {
      return;
    }
    this.#emit({ type: "feedback", stage: "sending" });
    try {
      await this.#feedback(answer);
      this.#emit({ type: "feedback", stage: "given" });
    } catch {
      this.#emit({ type: "feedback", stage: "failed" });
    }
  }

  /** The page is going away. Synchronous: keys are dropped and the erasure asked for when it returns. Repeatable. */
  vanish(): void {
    if (this.#page.signal.aborted) {
      return;
    }
    this.#page.abort();
    this.#state = INITIAL_STATE;
    this.#feedback = null;
    this.#abandon();
  }

  /** Whether the portal has given a session. The answer may come after the page has vanished. */
  async #open(application: Application): Promise<boolean> {
    try {
      const session = await this.#insist(() => this.surroundings.portal.open(application));
      if (this.#page.signal.aborted) {
        session.requestErasure();
        return false;
      }
      this.#session = session;
      this.#feedback = (answer) => session.giveFeedback(answer);
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

  #insist<T>(request: () => Promise<T>): Promise<T> {
    const { clock, randomness } = this.surroundings;
    return insist(request, clock, randomness, this.#talk.signal, () => this.#emit({ type: "network-lost" }));
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
    if (signal.aborted) {
      return;
    }
    await this.#insist(() => session.ready());
    if (!signal.aborted) {
      const stop = (error: unknown) => this.#stop(error);
      const course = new Course(session, cryptography, clock, randomness, signal, this.#emit, stop);
      this.#course = course;
      this.#emit({ type: "opened", reference: session.reference });
      await followSync(session, clock, randomness, signal, this.#emit, (batch) => this.#apply(course, batch));
    }
  }

  async #apply(course: Course, batch: SyncBatch): Promise<void> {
    const standing = await course.apply(batch);
    if (standing !== "inside") {
      this.#stop(standing === "outside" ? new SessionEnded(true) : null);
    }
  }

  /** Ends the conversation for a reason that is not the guest's. */
  #stop(error: unknown): void {
    if (this.#talk.signal.aborted) {
      return;
    }
    if (error instanceof SessionEnded && this.#course !== null) {
      this.#abandon();
      this.#emit({ type: "closed", departureConfirmed: error.erased });
    } else {
      this.#fail(error instanceof Unavailable || error instanceof SessionEnded ? "unavailable" : "insecure");
    }
  }

  #fail(failure: Failure): void {
    this.#abandon();
    this.#emit({ type: "failed", failure });
  }

  /** Gives the session up: the erasure is asked for first, and keys are dropped even if it cannot be. */
  #abandon(): void {
    const session = this.#session;
    this.#session = null;
    try {
      session?.requestErasure();
    } finally {
      this.#drop();
    }
  }

  #drop(): void {
    this.#talk.abort();
    this.#course = null;
    const cryptography = this.#cryptography;
    this.#cryptography = null;
    try {
      cryptography?.destroy();
    } catch {
      // Out of reach they are, and gone with the page; what follows matters more.
    }
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
