/** The agent's cable: requests pass while it is plugged in; pulling it aborts those under way and refuses new ones. */
export class Network {
    #unplugged = null;

    constructor() {
        this.plug();
    }

    plug() {
        this.#unplugged = new AbortController();
        this.isUp = true;
    }

    unplug() {
        this.isUp = false;
        this.#unplugged.abort(new TypeError("the agent's network is unplugged"));
    }

    /** A drop-in `fetch`. */
    fetch = (resource, options = {}) => {
        const stop = this.#unplugged.signal;
        const signal = options.signal ? AbortSignal.any([options.signal, stop]) : stop;
        return globalThis.fetch(resource, { ...options, signal }).catch((error) => {
            // An abort of the caller's own is told apart from a network that is gone: the latter is worth a retry.
            throw stop.aborted && !options.signal?.aborted ? stop.reason : error;
        });
    };
}
