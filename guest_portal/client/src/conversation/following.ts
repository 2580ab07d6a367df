import type { ConversationEvent } from "./events";
import type { Inbox } from "./inbox";
import type { Outbox } from "./outbox";
import type { GuestIdentity, RoomEvent, RoomUpdate } from "./ports";
import type { Recipient } from "./recipient";
import { agentIn, applyState, hasLeft, nameOf, type Room, UNKNOWN_ROOM } from "./room";

/** What a room update leaves the conversation in. `insecure`: the room is not, or no longer, encrypted. */
export type Standing = "inside" | "outside" | "insecure";

/** Follows the guest's room: who may be written to, what has come, what is gone. */
export class Following {
  #room: Room = UNKNOWN_ROOM;
  #seen = false;

  constructor(
    private readonly guest: GuestIdentity,
    private readonly recipient: Recipient,
    private readonly outbox: Outbox,
    private readonly inbox: Inbox,
    private readonly emit: (event: ConversationEvent) => void,
  ) {}

  get agent(): string | null {
    return agentIn(this.#room);
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
      this.emit({ type: "agent-typing", typing: this.agent !== null && update.typing.includes(this.agent) });
    }
    this.outbox.permit(this.#room.encrypted && this.#room.mayWrite);
    if (hasLeft(this.#room, this.guest.userId)) {
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
    } else if (this.#room.interlocutors.has(event.sender) && "ciphertext" in event.content) {
      await this.inbox.take(event);
    }
  }

  #applyState(event: RoomEvent): void {
    const before = agentIn(this.#room);
    this.#room = applyState(this.#room, event, this.guest);
    const after = agentIn(this.#room);
    if (before === after) {
      if (after !== null) {
        this.emit({ type: "agent-renamed", name: nameOf(this.#room, after) });
      }
      return;
    }
    this.recipient.change(after);
    this.outbox.rotate();
    if (before !== null) {
      this.emit({ type: "agent-left" });
    }
    if (after !== null) {
      this.emit({ type: "agent-joined", name: nameOf(this.#room, after) });
    }
  }

  #isKnown(sender: string): boolean {
    return sender === this.guest.warden || this.#room.interlocutors.has(sender);
  }
}
