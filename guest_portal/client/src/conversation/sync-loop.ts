import { Backoff } from "./backoff";
import { Unavailable } from "./errors";
import type { ConversationEvent } from "./events";
import type { Clock, PortalSession, Randomness, SyncBatch } from "./ports";

const LONG_POLL_MS = 30_000;

/**
 * Asks for news until `signal` is aborted, and gives each batch to `apply` before asking for the next: a batch that was
 * not taken in is asked for again. Raises `Refused`, `SessionEnded`, and whatever `apply` raises.
 */
export async function followSync(
  session: PortalSession,
  clock: Clock,
  randomness: Randomness,
  signal: AbortSignal,
  emit: (event: ConversationEvent) => void,
  apply: (batch: SyncBatch) => Promise<void>,
): Promise<void> {
  const backoff = new Backoff(clock, randomness, signal);
  let since: string | null = null;
  while (!signal.aborted) {
    try {
      const patient = since !== null && backoff.attempts === 0;
      const batch = await session.sync(since, patient ? LONG_POLL_MS : 0, signal);
      if (signal.aborted) {
        return;
      }
      backoff.reset();
      emit({ type: "network-restored" });
      await apply(batch);
      since = batch.nextBatch;
    } catch (error) {
      if (signal.aborted) {
        return;
      }
      if (!(error instanceof Unavailable)) {
        throw error;
      }
      emit({ type: "network-lost" });
      await backoff.wait(error);
    }
  }
}
