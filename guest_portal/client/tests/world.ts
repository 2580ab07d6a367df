/** A portal and an encryption that answer when they are told to, so that a test decides what overtakes what. */
import { Conversation } from "../src/conversation/conversation";
import type { Answer } from "../src/conversation/orientation";
import type {
  Application,
  Clock,
  Cryptography,
  CryptographyFactory,
  Decryption,
  JsonObject,
  Portal,
  PortalSession,
  Readiness,
  RoomEvent,
  SealedContent,
  SyncBatch,
} from "../src/conversation/ports";
import type { ConversationState, Helped } from "../src/conversation/state";
import { claim, encryption, GUEST, joined, power } from "./room-events";

export const APPLICATION: Application = {
  role: "victim",
  postalCode: "78280",
  commune: null,
  language: "fr",
  inDanger: false,
};

/** A call that waits for the test. */
export type Call = {
  readonly name: string;
  readonly args: readonly unknown[];
  answer(value?: unknown): Promise<void>;
  fail(error: unknown): Promise<void>;
};

/** Lets everything run that can run without an answer from the world. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Calls by name, in the order in which they came. */
class Calls {
  readonly all: Call[] = [];
  #pending: Call[] = [];

  ask<T>(name: string, ...args: unknown[]): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const done = (settle: () => void) => {
        this.#pending = this.#pending.filter((other) => other !== call);
        settle();
        return settled();
      };
      const call: Call = {
        name,
        args,
        answer: (value) => done(() => resolve(value as T)),
        fail: (error) => done(() => reject(error)),
      };
      this.all.push(call);
      this.#pending.push(call);
    });
  }

  pending(name: string): readonly Call[] {
    return this.#pending.filter((call) => call.name === name);
  }

  /** The one call of that name that is waiting for an answer. */
  waiting(name: string): Call {
    const [call, ...others] = this.pending(name);
    if (call === undefined || others.length > 0) {
      throw new Error(`${others.length + (call ? 1 : 0)} calls of ${name} are waiting`);
    }
    return call;
  }
}

export class FakeClock implements Clock {
  /** A quarter past nine in the evening, here. */
  time = new Date(2026, 10, 27, 21, 15).getTime();
  now = () => this.time;
  readonly asked: number[] = [];
  #waits: (() => void)[] = [];

  wait(ms: number, signal: AbortSignal): Promise<void> {
    this.asked.push(ms);
    return new Promise((resolve) => {
      this.#waits.push(resolve);
      signal.addEventListener("abort", () => resolve());
    });
  }

  /** Every wait under way is over. */
  async pass(): Promise<void> {
    const waits = this.#waits;
    this.#waits = [];
    for (const end of waits) {
      end();
    }
    await settled();
  }
}

export class FakeSession implements PortalSession {
  readonly guest = GUEST;
  readonly reference = "K7QM-42";
  readonly calls = new Calls();
  erasuresRequested = 0;

  ready = () => this.calls.ask<void>("ready");
  sync = (since: string | null, timeoutMs: number, signal: AbortSignal) =>
    this.calls.ask<SyncBatch>("sync", since, timeoutMs, signal);
  send = (transactionId: string, content: SealedContent) =>
    this.calls.ask<string>("send", transactionId, content.sealed);
  answer = (answer: Answer) => this.calls.ask<void>("answer", answer);
  typing = (typing: boolean) => this.calls.ask<void>("typing", typing);
  remove = (eventId: string, transactionId: string) => this.calls.ask<void>("remove", eventId, transactionId);
  leave = () => this.calls.ask<void>("leave");
  giveFeedback = (answer: Helped) => this.calls.ask<void>("giveFeedback", answer);
  uploadKeys = () => this.calls.ask<string>("uploadKeys");
  queryKeys = () => this.calls.ask<string>("queryKeys");
  claimKeys = () => this.calls.ask<string>("claimKeys");
  uploadSigningKeys = () => this.calls.ask<string>("uploadSigningKeys");
  uploadSignatures = () => this.calls.ask<string>("uploadSignatures");
  sendToDevice = () => this.calls.ask<string>("sendToDevice");
  requestErasure = () => {
    this.erasuresRequested += 1;
  };
}

/** Seals as `readers/key/how many times it has sealed/text`; a test says who is ready, which events are locked, and whether sealing has to wait. */
export class FakeCryptography implements Cryptography {
  readonly calls = new Calls();
  readonly readiness = new Map<string, Readiness>();
  readonly locked = new Set<string>();
  readonly rejected = new Set<string>();
  readonly unsigned = new Set<string>();
  sealingWaits = false;
  destroyed = false;
  #key = 1;
  #seals = 0;

  constructor(readonly transport: { uploadKeys(body: string): Promise<string> }) {}

  async establish(): Promise<void> {
    await this.transport.uploadKeys("{}");
  }

  receive = async () => undefined;
  settle = async () => undefined;
  assess = async (agent: string) => this.readiness.get(agent) ?? "ready";

  hasUnsignedDevice = async (user: string) => this.unsigned.has(user);

  async sealFor(
    agent: string,
    listeners: readonly string[],
    _type: string,
    content: JsonObject,
  ): Promise<SealedContent | null> {
    this.#seals += 1;
    const readers = [agent, ...listeners].join("+");
    const sealed = { sealed: `${readers}/${this.#key}/${this.#seals}/${content.body}` };
    if (this.sealingWaits) {
      await this.calls.ask("seal", agent);
    }
    return (await this.assess(agent)) === "ready" ? sealed : null;
  }

  rotate = async () => {
    this.#key += 1;
  };

  async decrypt(event: RoomEvent): Promise<Decryption> {
    if (this.locked.has(event.eventId)) {
      return { outcome: "locked" };
    }
    if (this.rejected.has(event.eventId)) {
      return { outcome: "rejected" };
    }
    const { ciphertext, opened, type } = event.content as { ciphertext: string; opened: JsonObject; type?: string };
    return { outcome: "opened", type: type ?? "m.room.message", content: opened, fingerprint: ciphertext };
  }

  destroy = () => {
    this.destroyed = true;
  };
}

/** A conversation and its surroundings. */
export class World {
  readonly session = new FakeSession();
  readonly clock = new FakeClock();
  readonly calls = new Calls();
  readonly states: ConversationState[] = [];
  readonly conversation: Conversation;
  cryptography!: FakeCryptography;
  #batches = 0;
  #identifiers = 0;

  constructor() {
    const portal: Portal = { open: (application) => this.calls.ask<PortalSession>("open", application) };
    this.conversation = new Conversation(
      {
        portal,
        cryptography: { load: () => this.calls.ask<CryptographyFactory>("load") },
        clock: this.clock,
        randomness: { fraction: () => 0, identifier: () => `t${++this.#identifiers}` },
      },
      (state) => this.states.push(state),
    );
  }

  get factory(): CryptographyFactory {
    return {
      create: async (_guest, transport) => {
        this.cryptography = new FakeCryptography(transport);
        return this.cryptography;
      },
    };
  }

  get state(): ConversationState {
    return this.conversation.state;
  }

  /** Own and received messages as `text (state)`; notices by their name. */
  get screen(): string[] {
    return this.state.timeline.flatMap((entry) => {
      switch (entry.kind) {
        case "own":
          return [`${entry.text} (${entry.delivery})`];
        case "received":
          return [entry.text];
        case "notice":
          return [`[${entry.notice}]`];
        case "proposal":
          return [`[${entry.proposal.name}: ${entry.stage}]`];
        default:
          return [];
      }
    });
  }

  /** The texts that the portal was asked to send, with the reader and the key that each was sealed for. */
  get sent(): string[] {
    return this.session.calls.all.filter((call) => call.name === "send").map((call) => String(call.args[1]));
  }

  async start(changes: Partial<Application> = {}): Promise<void> {
    void this.conversation.start({ ...APPLICATION, ...changes });
    await settled();
  }

  /** Goes through the opening up to the first sync. */
  async reachWaiting(): Promise<this> {
    await this.start();
    await this.calls.waiting("load").answer(this.factory);
    await this.calls.waiting("open").answer(this.session);
    await this.session.calls.waiting("uploadKeys").answer("{}");
    await this.session.calls.waiting("ready").answer();
    return this;
  }

  /** …and on to an agent who can be written to. */
  async reachConnected(agent = "@agent:test"): Promise<this> {
    await this.reachWaiting();
    await this.sync(encryption(), joined(GUEST.userId), joined(agent), claim(agent, "Camille"), power(0));
    return this;
  }

  /** Answers the sync with these events, in this order. */
  async sync(...timeline: RoomEvent[]): Promise<void> {
    await this.syncWith({}, ...timeline);
  }

  async syncWith(
    changes: Partial<SyncBatch> & { limited?: boolean; typing?: readonly string[] },
    ...timeline: RoomEvent[]
  ): Promise<void> {
    this.#batches += 1;
    const { limited = false, typing = null, ...rest } = changes;
    await this.session.calls.waiting("sync").answer({
      nextBatch: `b${this.#batches}`,
      toDevice: [],
      devicesChanged: [],
      devicesLeft: [],
      oneTimeKeyCounts: new Map(),
      unusedFallbackKeys: null,
      room: { membership: "join", state: [], timeline, limited, typing },
      ...rest,
    } satisfies SyncBatch);
  }
}
