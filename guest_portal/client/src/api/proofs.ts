import type { Challenge } from "../proof/solve";
import { ask } from "./http";
import { parseObject } from "./parsing";
import { challengeIn } from "./proof-needed";

const ANSWER_WITHIN_MS = 20_000;

export interface Solver {
  solve(challenge: Challenge): Promise<string>;
}

/** Proofs of work, made ahead of need where there is time. */
export class Proofs {
  #ahead: Promise<string> | null = null;

  constructor(private readonly solver: Solver) {}

  /** Begins to work on the next proof. */
  prepare(): void {
    if (this.#ahead === null) {
      const made = this.#make();
      this.#ahead = made;
      made.catch(() => {
        this.#ahead = null;
      });
    }
  }

  /** A proof that was not used before. Raises `Unavailable` where the portal does not answer. */
  async take(): Promise<string> {
    const proof = this.#ahead ?? this.#make();
    this.#ahead = null;
    return proof;
  }

  solve(challenge: Challenge): Promise<string> {
    return this.solver.solve(challenge);
  }

  async #make(): Promise<string> {
    const answer = await ask({ method: "GET", path: "/challenge", timeoutMs: ANSWER_WITHIN_MS });
    return this.solver.solve(challengeIn(parseObject(answer)));
  }
}
