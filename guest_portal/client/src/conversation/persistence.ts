import { Backoff } from "./backoff";
import { Unavailable } from "./errors";
import type { Clock, KeyTransport, Randomness } from "./ports";

const ATTEMPTS = 5;

/**
 * What `request` answers, asked again, a few times, when there is no answer: so it may safely be asked twice. Calls
 * `silent` each time there is none. Gives up with the last `Unavailable`, or when `signal` is aborted.
 */
export async function insist<T>(
  request: () => Promise<T>,
  clock: Clock,
  randomness: Randomness,
  signal: AbortSignal,
  silent: () => void = () => undefined,
): Promise<T> {
  const backoff = new Backoff(clock, randomness, signal);
  for (;;) {
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof Unavailable) || backoff.attempts + 1 >= ATTEMPTS) {
        throw error;
      }
      silent();
      await backoff.wait(error);
      if (signal.aborted) {
        throw error;
      }
    }
  }
}

/** A transport that insists. Each request of the encryption machine may safely be sent twice. */
export function persistent(
  transport: KeyTransport,
  clock: Clock,
  randomness: Randomness,
  signal: AbortSignal,
): KeyTransport {
  const again = <T>(request: () => Promise<T>) => insist(request, clock, randomness, signal);
  return {
    uploadKeys: (body) => again(() => transport.uploadKeys(body)),
    queryKeys: (body) => again(() => transport.queryKeys(body)),
    claimKeys: (body) => again(() => transport.claimKeys(body)),
    uploadSigningKeys: (body) => again(() => transport.uploadSigningKeys(body)),
    uploadSignatures: (body) => again(() => transport.uploadSignatures(body)),
    sendToDevice: (type, transactionId, body) => again(() => transport.sendToDevice(type, transactionId, body)),
  };
}
