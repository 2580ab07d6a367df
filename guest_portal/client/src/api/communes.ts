import { Unavailable } from "../conversation/errors";
import type { Commune, Json } from "../conversation/ports";
import { isObject, parseObject } from "./parsing";

/** Five characters: the département, of which Corsica's two have a letter, then the commune. */
const INSEE = /^\d[\dAB]\d{3}$/;

/** The communes to choose from. Raises `Unavailable` unless each is one: a list with a gap would mislead. */
export function communesIn(body: string): readonly Commune[] {
  const { communes } = parseObject(body);
  if (!Array.isArray(communes) || communes.length === 0) {
    throw new Unavailable();
  }
  return communes.map(commune);
}

function commune(value: Json): Commune {
  if (isObject(value)) {
    const { insee, name } = value;
    if (typeof insee === "string" && INSEE.test(insee) && typeof name === "string" && name.trim() !== "") {
      return { insee, name };
    }
  }
  throw new Unavailable();
}
