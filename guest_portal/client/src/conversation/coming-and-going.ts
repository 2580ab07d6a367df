import { Backoff } from "./backoff";
import { Refused, SessionEnded, Unavailable } from "./errors";
import type { Clock, PortalSession, Randomness } from "./ports";

const ATTEMPTS_TO_BE_READY = 4;

/** Tells the service that this page can decrypt. Raises what the portal does, after some attempts where it is silent. */
export async function announce(
  session: PortalSession,
  clock: Clock,
  randomness: Randomness,
  signal: AbortSignal,
): Promise<void> {
  const backoff = new Backoff(clock, randomness, signal);
  while (!signal.aborted) {
    try {
      return await session.ready();
    } catch (error) {
      if (!(error instanceof Unavailable) || backoff.attempts >= ATTEMPTS_TO_BE_READY) {
        throw error;
      }
      await backoff.wait(error);
    }
  }
}

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
