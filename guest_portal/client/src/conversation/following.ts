import type { ConversationEvent } from "./events";
import type { Inbox } from "./inbox";
import { parseAnswer, parseProposal } from "./orientation";
import type { Outbox } from "./outbox";
import { type Audience, areSameReaders, readersOf } from "./people";
import type { GuestIdentity, RoomEvent, RoomUpdate } from "./ports";
import type { Recipient } from "./recipient";
import { applyState, audienceIn, type Room, strangersIn, UNKNOWN_ROOM } from "./room";
import type { Strangers } from "./strangers";

/** What a room update leaves the conversation in. `insecure`: the room is not, or no longer, encrypted. */
export type Standing = "inside" | "outside" | "insecure";

/** Follows the guest's room: who may be written to, what has come, what is gone, what is proposed. */
export class Following {
  #room: Room = UNKNOWN_ROOM;
  #seen = false;

  constructor(
    private readonly guest: GuestIdentity,
    private readonly recipient: Recipient,
    private readonly outbox: Outbox,
    private readonly inbox: Inbox,
    private readonly strangers: Strangers,
    private readonly emit: (event: ConversationEvent) => void,
  ) {}

  /** Who reads what the guest writes; the agent first. */
  get readers(): readonly string[] {
    return readersOf(audienceIn(this.#room));
  }

  /** As the warden has named somebody; null without a name. */
  nameOf(user: string): string | null {
    return this.#room.named.get(user) ?? null;
  }

  /** Takes in an update, event by event in the homeserver's order. */
  async apply(update: RoomUpdate): Promise<Standing> {
    if (update.membership === "leave") {
      return "outside";
    }
    if (update.limited && this.#seen) {
      this.emit({ type: "noticed", notice: "messages-missing" });
    }
    this.#seen = true;
    for (const event of update.state) {
      this.#applyState(event);
    }
    for (const event of update.timeline) {
      await this.#applyTimeline(event);
    }
    if (update.typing !== null) {
      const [agent] = this.readers;
      this.emit({ type: "agent-typing", typing: agent !== undefined && update.typing.includes(agent) });
    }
    this.strangers.follow(strangersIn(this.#room, this.guest));
    this.outbox.permit(this.#room.encrypted && this.#room.mayWrite);
    if (this.#room.guestLeft) {
      return "outside";
    }
    return this.#room.encrypted ? "inside" : "insecure";
  }

  async #applyTimeline(event: RoomEvent): Promise<void> {
    if (event.stateKey !== null) {
      this.#applyState(event);
    } else if (event.type === "m.room.redaction" && event.redacts !== null) {
      if (this.#isKnown(event.sender)) {
        this.inbox.remove(event.redacts);
      }
    } else if (event.type === "m.room.encrypted") {
      await this.#applyEncrypted(event);
    }
  }

  async #applyEncrypted(event: RoomEvent): Promise<void> {
    if (event.sender === this.guest.userId) {
      if (event.transactionId !== null) {
        this.outbox.echoed(event.transactionId, event.eventId);
      }
    } else if (this.#room.named.has(event.sender) && "ciphertext" in event.content) {
      await this.inbox.take(event);
    }
  }

  #applyState(event: RoomEvent): void {
    const before = this.#room;
    this.#room = applyState(before, event, this.guest);
    if (this.#room.closed && !before.closed) {
      this.outbox.close();
      this.emit({ type: "ended-by-agent" });
    }
    this.#followPeople(before);
    this.#followProposals(event);
  }

  /** The key is changed whenever somebody comes or goes: nobody reads what was not written for them. */
  #followPeople(before: Room): void {
    const [then, now] = [audienceIn(before), audienceIn(this.#room)];
    const { absence } = this.#room;
    if (!areSameReaders(then, now)) {
      this.recipient.change(readersOf(now));
      this.outbox.rotate();
    } else if (namesOf(then) === namesOf(now) && before.absence === absence) {
      return;
    }
    this.emit({ type: "people-changed", audience: now, absence });
  }

  #followProposals(event: RoomEvent): void {
    if (event.type === "org.veilleuse.orientation" && event.stateKey !== null && event.sender === this.guest.warden) {
      const proposal = parseProposal(event.stateKey, event.content);
      this.emit(
        proposal === null ? { type: "proposal-withdrawn", id: event.stateKey } : { type: "proposed", proposal },
      );
    } else if (event.type === "org.veilleuse.answer" && event.sender === this.guest.userId) {
      const answer = event.stateKey === this.guest.userId ? parseAnswer(event.content) : null;
      if (answer !== null) {
        this.emit({ type: "answer-confirmed", answer });
      }
    }
  }

  #isKnown(sender: string): boolean {
    return sender === this.guest.warden || sender === this.guest.userId || this.#room.named.has(sender);
  }
}

function namesOf(audience: Audience | null): string {
  return JSON.stringify(
    audience === null ? null : [audience.agent.name, ...audience.listeners.map(({ name }) => name)],
  );
}
