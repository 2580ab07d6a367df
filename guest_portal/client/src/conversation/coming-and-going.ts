import { Backoff } from "./backoff";
import { Refused, SessionEnded, Unavailable } from "./errors";
import type { Clock, PortalSession, Randomness } from "./ports";

/** Whether the guest is known to be out of its room; asks until there is an answer, or the page ends. */
export async function depart(
  session: PortalSession,
  clock: Clock,
  randomness: Randomness,
  signal: AbortSignal,
): Promise<boolean> {
  const backoff = new Backoff(clock, randomness, signal);
  while (!signal.aborted) {
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

/** Whether a departure was refused because there was nobody to depart any more. */
function isOut(error: unknown): boolean {
  return error instanceof SessionEnded ? error.erased : error instanceof Refused && error.errcode === "M_FORBIDDEN";
}
