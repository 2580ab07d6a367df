import { Unavailable } from "../conversation/errors";
import type { JsonObject } from "../conversation/ports";
import type { Challenge } from "../proof/solve";
import { objectIn, textIn } from "./parsing";

/** The portal opens nothing without a proof of work, or wants more work than was done. */
export class ProofNeeded extends Error {
  static readonly errcode = "VEILLEUSE_PROOF_NEEDED";
  override readonly name = "ProofNeeded";

  constructor(readonly challenge: Challenge) {
    super("a proof of work is needed");
  }
}

/** Raises `Unavailable` unless `value` is a challenge: it does not come from the portal. What else it holds is kept. */
export function challengeIn(value: JsonObject): Challenge {
  const given = objectIn(value, "parameters");
  const { cost, keyLength } = given;
  if (typeof cost !== "number" || typeof keyLength !== "number") {
    throw new Unavailable();
  }
  const texts = { keyPrefix: textIn(given, "keyPrefix"), nonce: textIn(given, "nonce"), salt: textIn(given, "salt") };
  return { parameters: { ...given, ...texts, cost, keyLength }, signature: textIn(value, "signature") };
}
