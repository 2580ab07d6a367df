import { Backoff } from "./backoff";
import { Unavailable } from "./errors";
import type { Clock, KeyTransport, Randomness } from "./ports";

const ATTEMPTS = 5;

/**
 * A transport that asks again, a few times, when there is no answer. Each request of the encryption machine may safely
 * be sent twice. Gives up with the last `Unavailable`, or when the page ends.
 */
export function persistent(
  transport: KeyTransport,
  clock: Clock,
  randomness: Randomness,
  signal: AbortSignal,
): KeyTransport {
  async function insist<T>(request: () => Promise<T>): Promise<T> {
    const backoff = new Backoff(clock, randomness, signal);
    for (;;) {
      try {
        return await request();
      } catch (error) {
        if (!(error instanceof Unavailable) || signal.aborted || backoff.attempts + 1 >= ATTEMPTS) {
          throw error;
        }
        await backoff.wait(error);
      }
    }
  }
  return {
    uploadKeys: (body) => insist(() => transport.uploadKeys(body)),
    queryKeys: (body) => insist(() => transport.queryKeys(body)),
    claimKeys: (body) => insist(() => transport.claimKeys(body)),
    uploadSigningKeys: (body) => insist(() => transport.uploadSigningKeys(body)),
    uploadSignatures: (body) => insist(() => transport.uploadSignatures(body)),
    sendToDevice: (type, transactionId, body) => insist(() => transport.sendToDevice(type, transactionId, body)),
  };
}
