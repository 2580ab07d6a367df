import type { JsonObject } from "./ports";
import { sizeOf } from "./text";

/** Of a content's JSON, in bytes. The last holds the longest text that may be sent. */
const BUCKETS = [256, 512, 1_024, 2_048, 4_096, 8_192, 16_384, 32_768, 46_080];
const FIELD = "org.veilleuse.padding";

/**
 * `content` with a field that other clients ignore, so that its JSON fills a bucket: who sees ciphertext go by learns one
 * of nine lengths. The field is inside what is encrypted.
 */
export function padded(content: JsonObject): JsonObject {
  const size = sizeOf({ ...content, [FIELD]: "" });
  const bucket = BUCKETS.find((most) => most >= size) ?? size;
  return { ...content, [FIELD]: "0".repeat(bucket - size) };
}
