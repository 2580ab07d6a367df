import type { GuestIdentity, JsonObject } from "./ports";

/** How many are before the guest, itself counted; `minutes` is null when nothing honest can be said. */
export type Place = { readonly place: number; readonly minutes: number | null };

const LAST_PLACE = 9_999;
const LONGEST_WAIT_MINUTES = 24 * 60;

/** The last place that the warden, and nobody else, tells among to-device messages; null if none does. */
export function placeIn(messages: readonly JsonObject[], guest: GuestIdentity): Place | null {
  return messages
    .filter(({ type, sender }) => type === "org.veilleuse.place" && sender === guest.warden)
    .map(({ content }) => parsePlace(content as JsonObject | undefined))
    .reduce((last, place) => place ?? last, null);
}

function parsePlace(content: JsonObject | undefined): Place | null {
  const { place, minutes } = content ?? {};
  if (!isCount(place, LAST_PLACE) || place === 0) {
    return null;
  }
  return { place, minutes: isCount(minutes, LONGEST_WAIT_MINUTES) ? minutes : null };
}

function isCount(value: unknown, most: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most;
}
