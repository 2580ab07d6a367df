import { Unavailable } from "../conversation/errors";
import type { Json, JsonObject } from "../conversation/ports";

/** An answer as a JSON object. Raises `Unavailable` for anything else: it does not come from the portal. */
export function parseObject(body: string): JsonObject {
  let value: Json;
  try {
    value = JSON.parse(body) as Json;
  } catch {
    throw new Unavailable();
  }
  if (!isObject(value)) {
    throw new Unavailable();
  }
  return value;
}

/** A text that must be there. Raises `Unavailable` if it is not. */
export function textIn(object: JsonObject, key: string): string {
  const value = object[key];
  if (typeof value !== "string") {
    throw new Unavailable();
  }
  return value;
}

/** The object under `key`, empty if there is none. */
export function objectIn(object: JsonObject, key: string): JsonObject {
  const value = object[key];
  return isObject(value) ? value : {};
}

/** The objects of the list under `key`; what is no object is left out. */
export function objectsIn(object: JsonObject, key: string): readonly JsonObject[] {
  const value = object[key];
  return Array.isArray(value) ? value.filter(isObject) : [];
}

/** The texts of the list under `key`; what is no text is left out. */
export function textsIn(object: JsonObject, key: string): readonly string[] {
  const value = object[key];
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
}

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
