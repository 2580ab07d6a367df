import { MatrixEventEvent } from "matrix-js-sdk";

/**
 * Every event that this client ever failed to decrypt, even if the key came later: for that long an officer would
 * have read "unable to decrypt". Made once the device's keys are published: `before_login` marks events older than that,
 * for which nobody could have given it a key.
 */
export class Undecryptable {
    #failures = new Map();
    #began = Date.now();

    /** Follows every event that `client` decrypts from now on; `failed` is called once for each that it cannot. */
    watch(client, failed) {
        client.on(MatrixEventEvent.Decrypted, (event, error) => {
            const known = this.#failures.get(event.getId());
            if (error && !known) failed(this.#note(event));
            if (!error && known) known.recovered_after ??= (performance.now() - known.failed_at) / 1000;
        });
    }

    #note(event) {
        const failure = {
            event_id: event.getId(),
            room_id: event.getRoomId(),
            sender: event.getSender(),
            reason: event.decryptionFailureReason,
            before_login: event.getTs() <= this.#began,
            failed_at: performance.now(),
            recovered_after: null,
        };
        this.#failures.set(failure.event_id, failure);
        return failure;
    }

    /** In the order of failure; `recovered_after` is in seconds, null while the event is still undecryptable. */
    list() {
        return [...this.#failures.values()].map(({ failed_at: _, ...told }) => told);
    }
}
