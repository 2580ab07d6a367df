import type { ConversationEvent } from "./events";
import type { Cryptography, Decryption, Json, JsonObject, RoomEvent } from "./ports";
import { cleanText, isCut } from "./text";

const TEXT_TYPES: readonly Json[] = ["m.text", "m.notice", "m.emote"];

/**
 * What has come from the agent: opened when it can be, kept in its place and tried again when it cannot.
 *
 * The same event, or the same ciphertext in another event, is shown once. What is no text is announced, never rendered.
 */
export class Inbox {
  readonly #taken = new Set<string>();
  /** What is not opened yet. What is taken out of here while it is being opened is not shown. */
  readonly #locked = new Map<string, RoomEvent>();
  /** Which event first carried a ciphertext. */
  readonly #carriers = new Map<string, string>();

  constructor(
    private readonly cryptography: Pick<Cryptography, "decrypt">,
    private readonly emit: (event: ConversationEvent) => void,
    /** As the warden has named the author; null without a name. */
    private readonly nameOf: (author: string) => string | null,
  ) {}

  async take(event: RoomEvent): Promise<void> {
    if (!this.#taken.has(event.eventId)) {
      this.#taken.add(event.eventId);
      this.#locked.set(event.eventId, event);
      await this.#open(event);
    }
  }

  /** Forgets an event for good, shown or still sealed; it is not taken again. */
  remove(eventId: string): void {
    this.#locked.delete(eventId);
    this.emit({ type: "message-removed", eventId });
  }

  /** Tries again what could not be opened, in the order it came. */
  async retry(): Promise<void> {
    for (const event of [...this.#locked.values()]) {
      await this.#open(event);
    }
  }

  async #open(event: RoomEvent): Promise<void> {
    const decryption = await this.cryptography.decrypt(event);
    if (!this.#locked.has(event.eventId)) {
      return;
    }
    if (decryption.outcome === "locked" || this.#waitsForItsTarget(decryption)) {
      this.emit({ type: "message-sealed", eventId: event.eventId });
      return;
    }
    this.#locked.delete(event.eventId);
    if (decryption.outcome === "opened" && this.#isFirstCarrier(decryption.fingerprint, event.eventId)) {
      this.#show(event, decryption.type, decryption.content);
    } else {
      this.emit({ type: "message-removed", eventId: event.eventId });
    }
  }

  #show(event: RoomEvent, type: string, content: JsonObject): void {
    const edited = editedBy(content);
    const shown = edited?.content ?? content;
    const body = shown.body;
    if (type === "m.room.message" && TEXT_TYPES.includes(shown.msgtype ?? null) && typeof body === "string") {
      const { eventId, sender: author, at } = event;
      const [text, cut] = [cleanText(body), isCut(body)];
      if (edited === null) {
        this.emit({ type: "message-received", eventId, author, authorName: this.nameOf(author), text, cut, at });
        return;
      }
      this.emit({ type: "message-edited", eventId: edited.target, author, text, cut });
    } else if (type === "m.room.message" && edited === null) {
      this.emit({ type: "noticed", notice: "not-text" });
    }
    this.emit({ type: "message-removed", eventId: event.eventId });
  }

  #waitsForItsTarget(decryption: Decryption): boolean {
    const edited = decryption.outcome === "opened" ? editedBy(decryption.content) : null;
    return edited !== null && this.#locked.has(edited.target);
  }

  #isFirstCarrier(fingerprint: string, eventId: string): boolean {
    const carrier = this.#carriers.get(fingerprint);
    this.#carriers.set(fingerprint, carrier ?? eventId);
    return carrier === undefined || carrier === eventId;
  }
}

/** The message that `content` replaces, and by what (Matrix specification, "Event replacements"); null if none. */
function editedBy(content: JsonObject): { target: string; content: JsonObject } | null {
  const relation = content["m.relates_to"];
  const replacement = content["m.new_content"];
  if (!isObject(relation) || !isObject(replacement) || relation.rel_type !== "m.replace") {
    return null;
  }
  const target = relation.event_id;
  return typeof target === "string" ? { target, content: replacement } : null;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
