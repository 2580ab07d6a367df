import { Refused, Unavailable } from "./errors";
import type { ConversationEvent } from "./events";
import type { PortalSession } from "./ports";

/** Takes the guest's own messages back: each is gone from the page once the homeserver has removed it for everybody. */
export class Removals {
  constructor(
    private readonly session: Pick<PortalSession, "remove">,
    private readonly emit: (event: ConversationEvent) => void,
    private readonly broken: (error: unknown) => void,
  ) {}

  /** `key`: of the message in the timeline; `transactionId` the same for every attempt. */
  remove(key: string, eventId: string, transactionId: string): void {
    this.emit({ type: "removal-asked", key });
    this.session
      .remove(eventId, transactionId)
      .then(() => this.emit({ type: "message-removed", eventId }))
      .catch((error) => {
        if (error instanceof Refused || error instanceof Unavailable) {
          this.emit({ type: "removal-refused", key });
        } else {
          this.broken(error);
        }
      });
  }
}
