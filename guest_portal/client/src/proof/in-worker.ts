import { policy } from "../trusted-types";
import { type Challenge, solve } from "./solve";

const OWN_ADDRESS = /^\/assets\/[A-Z0-9]{8}\.js$/;

/** Solves challenges in a worker at `address`, and where there can be no worker, here. */
export class WorkerSolver {
  #trusted: string | null = null;

  constructor(private readonly address: string) {}

  async solve(challenge: Challenge): Promise<string> {
    let worker: Worker;
    try {
      this.#trusted ??= trusted(this.address);
      worker = new Worker(this.#trusted);
    } catch {
      return solve(challenge);
    }
    try {
      return await askOf(worker, challenge);
    } catch {
      return await solve(challenge);
    } finally {
      worker.terminate();
    }
  }
}

function askOf(worker: Worker, challenge: Challenge): Promise<string> {
  return new Promise((resolve, reject) => {
    worker.addEventListener("message", ({ data }: MessageEvent<string | null>) =>
      data === null ? reject(new Error("no proof")) : resolve(data),
    );
    worker.addEventListener("error", () => reject(new Error("no worker")));
    worker.postMessage(challenge);
  });
}

/** The one address from which a script may be run. */
function trusted(address: string): string {
  const rules = policy("worker", {
    createScriptURL(wanted: string): string {
      if (!OWN_ADDRESS.test(wanted)) {
        throw new TypeError("not a script of this site");
      }
      return wanted;
    },
  });
  return rules.createScriptURL?.(address) ?? "";
}
