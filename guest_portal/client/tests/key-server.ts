/** As much of a homeserver as encryption needs: devices, cross-signing keys, one-time keys, to-device messages. */
import type { JsonObject, KeyTransport, SyncBatch } from "../src/conversation/ports";

type Devices = Record<string, Record<string, unknown>>;
type Signed = { signatures?: Record<string, Record<string, string>> };

export class KeyServer {
  readonly #devices = new Map<string, Devices>();
  readonly #identities = new Map<string, Record<string, Signed>>();
  readonly #oneTimeKeys = new Map<string, Record<string, unknown>>();
  readonly #inboxes = new Map<string, JsonObject[]>();
  /** Who has been sent a room key, as `user/device`. */
  readonly roomKeysFor: string[] = [];

  transportOf(user: string, device: string): KeyTransport {
    return {
      uploadKeys: async (body) => this.#uploadKeys(user, device, JSON.parse(body)),
      queryKeys: async (body) => this.#query(Object.keys(JSON.parse(body).device_keys)),
      claimKeys: async (body) => this.#claim(JSON.parse(body).one_time_keys),
      uploadSigningKeys: async (body) => {
        this.#identities.set(user, JSON.parse(body));
        return "{}";
      },
      uploadSignatures: async (body) => this.#sign(JSON.parse(body)),
      sendToDevice: async (type, _transactionId, body) => this.#deliver(user, type, JSON.parse(body).messages),
    };
  }

  /** What a sync would bring to this device. */
  batchFor(user: string, device: string, changed: readonly string[] = []): SyncBatch {
    const inbox = `${user}/${device}`;
    const toDevice = this.#inboxes.get(inbox) ?? [];
    this.#inboxes.delete(inbox);
    return {
      nextBatch: "",
      toDevice,
      devicesChanged: changed,
      devicesLeft: [],
      oneTimeKeyCounts: new Map([["signed_curve25519", 50]]),
      unusedFallbackKeys: new Set(["signed_curve25519"]),
      room: null,
    };
  }

  #uploadKeys(user: string, device: string, body: Record<string, Record<string, unknown>>): string {
    if (body.device_keys) {
      this.#devices.set(user, { ...this.#devices.get(user), [device]: body.device_keys });
    }
    this.#oneTimeKeys.set(`${user}/${device}`, {
      ...this.#oneTimeKeys.get(`${user}/${device}`),
      ...body.one_time_keys,
    });
    return '{"one_time_key_counts":{"signed_curve25519":50}}';
  }

  #query(users: readonly string[]): string {
    const of = (kind: string) =>
      Object.fromEntries(
        users.flatMap((user) => {
          const key = this.#identities.get(user)?.[kind];
          return key ? [[user, key]] : [];
        }),
      );
    return JSON.stringify({
      device_keys: Object.fromEntries(users.map((user) => [user, this.#devices.get(user) ?? {}])),
      master_keys: of("master_key"),
      self_signing_keys: of("self_signing_key"),
    });
  }

  #claim(asked: Record<string, Record<string, string>>): string {
    const claimed = Object.entries(asked).map(([user, devices]) => [
      user,
      Object.fromEntries(Object.keys(devices).map((device) => [device, this.#takeOneTimeKey(`${user}/${device}`)])),
    ]);
    return JSON.stringify({ one_time_keys: Object.fromEntries(claimed) });
  }

  #takeOneTimeKey(owner: string): Record<string, unknown> {
    const [[name, key] = ["", null], ...rest] = Object.entries(this.#oneTimeKeys.get(owner) ?? {});
    this.#oneTimeKeys.set(owner, Object.fromEntries(rest));
    return { [name]: key };
  }

  #sign(signed: Record<string, Record<string, Signed>>): string {
    for (const [user, objects] of Object.entries(signed)) {
      for (const [id, object] of Object.entries(objects)) {
        const known = (this.#devices.get(user)?.[id] ?? this.#identities.get(user)?.master_key) as Signed;
        known.signatures = { [user]: { ...known.signatures?.[user], ...object.signatures?.[user] } };
      }
    }
    return '{"failures":{}}';
  }

  #deliver(sender: string, type: string, messages: Record<string, Record<string, JsonObject>>): string {
    for (const [user, devices] of Object.entries(messages)) {
      for (const [device, content] of Object.entries(devices)) {
        const inbox = `${user}/${device}`;
        this.#inboxes.set(inbox, [...(this.#inboxes.get(inbox) ?? []), { type, sender, content }]);
        if (type === "m.room.encrypted") {
          this.roomKeysFor.push(inbox);
        }
      }
    }
    return "{}";
  }
}
