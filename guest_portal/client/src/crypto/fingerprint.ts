/**
 * What two copies of one Megolm ciphertext have in common: the session and the message's index in it. A copy cannot
 * change either, since the ciphertext is signed as a whole.
 *
 * The index is the first field of the message: after the version byte, tag 0x08, then a variable-length integer
 * (Megolm, "Message format"). null for what does not start so.
 */
export function fingerprintOf(sessionId: string, ciphertext: string): string | null {
  let bytes: string;
  try {
    bytes = atob(ciphertext.slice(0, 12));
  } catch {
    return null;
  }
  if (bytes.charCodeAt(0) !== 3 || bytes.charCodeAt(1) !== 8) {
    return null;
  }
  let index = 0;
  for (let place = 2; place < bytes.length; place += 1) {
    const byte = bytes.charCodeAt(place);
    index += (byte & 0x7f) * 2 ** (7 * (place - 2));
    if (byte < 0x80) {
      return `${sessionId}:${index}`;
    }
  }
  return null;
}
