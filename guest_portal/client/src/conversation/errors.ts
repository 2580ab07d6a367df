/** What may go wrong towards the portal, told apart by what the conversation does about it. */

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
  override readonly name = "Refused";

  constructor(
    readonly status: number,
    readonly errcode: string,
  ) {
    super(`refused: ${status} ${errcode}`);
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
