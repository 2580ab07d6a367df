/** What may go wrong towards the portal, told apart by what the conversation does about it. */
import type { Commune } from "./ports";

/** No answer, or one that says "not now" (network, 429, 5xx): the same request may be sent again. */
export class Unavailable extends Error {
  override readonly name = "Unavailable";

  /** `retryAfterMs`: the least wait that the server asked for, if it did. */
  constructor(readonly retryAfterMs: number | null = null) {
    super("no answer for now");
  }
}

/** A definitive no: the same request would be refused again. `errcode` as in the Matrix specification. */
export class Refused extends Error {
  override readonly name: string = "Refused";

  constructor(
    readonly status: number,
    readonly errcode: string,
  ) {
    super(`refused: ${status} ${errcode}`);
  }
}

/** A form that lacks the commune: the postal code's communes belong to different desks. */
export class CommuneNeeded extends Refused {
  static readonly errcode = "VEILLEUSE_COMMUNE_NEEDED";
  override readonly name = "CommuneNeeded";

  /** `communes`: those to choose from, sorted by name, at least one. */
  constructor(readonly communes: readonly Commune[]) {
    super(409, CommuneNeeded.errcode);
  }
}

/** The guest, or its session, no longer exists (401): the service has erased it, or the session has expired. */
export class SessionEnded extends Error {
  override readonly name = "SessionEnded";

  /** `erased`: the homeserver no longer knows the guest at all. */
  constructor(readonly erased: boolean) {
    super("the session has ended");
  }
}
