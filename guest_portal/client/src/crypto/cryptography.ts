import {
  CollectStrategy,
  DecryptionErrorCode,
  DecryptionSettings,
  DeviceId,
  DeviceLists,
  EncryptionAlgorithm,
  EncryptionSettings,
  HistoryVisibility,
  MegolmDecryptionError,
  OlmMachine,
  OtherUserIdentity,
  RoomId,
  TrustRequirement,
  UserId,
} from "@matrix-org/matrix-sdk-crypto-wasm";
import type {
  Cryptography,
  CryptographyFactory,
  Decryption,
  GuestIdentity,
  JsonObject,
  KeyTransport,
  Readiness,
  RoomEvent,
  SealedContent,
  SyncBatch,
} from "../conversation/ports";
import { fingerprintOf } from "./fingerprint";
import { type MachineRequest, send } from "./requests";

/** Failures that a key or a device list may still cure. */
const CURABLE: readonly DecryptionErrorCode[] = [
  DecryptionErrorCode.MissingRoomKey,
  DecryptionErrorCode.UnknownMessageIndex,
  DecryptionErrorCode.UnknownSenderDevice,
  DecryptionErrorCode.UnsignedSenderDevice,
];

/** Of use once the WebAssembly module is started. */
export const cryptographyFactory: CryptographyFactory = {
  create: (guest, transport) => MachineCryptography.create(guest, transport),
};

/** The keys of one conversation in an `OlmMachine` without a store: they are gone with the page. */
class MachineCryptography implements Cryptography {
  /** The guest and everybody it has written to: whose keys may be asked for. */
  readonly #known: Set<string>;
  #requests: Promise<void> = Promise.resolve();
  /** Those of whose devices one has got the key in use. */
  readonly #keyHolders = new Set<string>();

  private constructor(
    private readonly machine: OlmMachine,
    private readonly guest: GuestIdentity,
    private readonly transport: KeyTransport,
  ) {
    this.#known = new Set([guest.userId]);
  }

  static async create(guest: GuestIdentity, transport: KeyTransport): Promise<Cryptography> {
    const machine = await OlmMachine.initialize(new UserId(guest.userId), new DeviceId(guest.deviceId));
    machine.roomKeyRequestsEnabled = false;
    machine.roomKeyForwardingEnabled = false;
    return new MachineCryptography(machine, guest, transport);
  }

  async establish(): Promise<void> {
    const requests = await this.machine.bootstrapCrossSigning(true);
    const device = requests.uploadKeysRequest as MachineRequest | undefined;
    // Neither needs the other; the signatures need both.
    await Promise.all([
      device === undefined ? undefined : this.#send(device),
      this.transport.uploadSigningKeys(requests.uploadSigningKeysRequest.body),
    ]);
    const signatures = requests.uploadSignaturesRequest;
    const answer = JSON.parse(await this.transport.uploadSignatures(signatures.body)) as { failures?: object };
    if (Object.keys(answer.failures ?? {}).length > 0) {
      throw new Error("the homeserver has refused the device's signature");
    }
  }

  async receive(batch: SyncBatch): Promise<void> {
    await this.machine.receiveSyncChanges(
      JSON.stringify(batch.toDevice),
      new DeviceLists(batch.devicesChanged.map(userId), batch.devicesLeft.map(userId)),
      new Map(batch.oneTimeKeyCounts),
      batch.unusedFallbackKeys === null ? undefined : new Set(batch.unusedFallbackKeys),
      onlySigned(),
    );
  }

  settle(): Promise<void> {
    return this.#sendOutgoing();
  }

  async assess(agent: string): Promise<Readiness> {
    this.#known.add(agent);
    await this.machine.updateTrackedUsers([userId(agent)]);
    await this.#sendOutgoing();
    return this.#readiness(agent);
  }

  async hasUnsignedDevice(user: string): Promise<boolean> {
    const devices = (await this.machine.getUserDevices(userId(user))).devices();
    return devices.some((device) => !device.isCrossSignedByOwner() && !device.isDehydrated);
  }

  async sealFor(
    agent: string,
    listeners: readonly string[],
    type: string,
    content: JsonObject,
  ): Promise<SealedContent | null> {
    if ((await this.assess(agent)) !== "ready") {
      return null;
    }
    const readers = [agent, ...(await this.#readyAmong(listeners))];
    const claim = await this.machine.getMissingSessions(readers.map(userId));
    if (claim) {
      await this.#send(claim);
    }
    const requests = await this.machine.shareRoomKey(this.#room(), readers.map(userId), forSignedDevices());
    for (const request of requests) {
      await this.#send(request);
      if (request.event_type === "m.room.encrypted") {
        this.#noteHolders(request.body);
      }
    }
    if (!this.#keyHolders.has(agent)) {
      await this.rotate();
      return null;
    }
    return { sealed: await this.machine.encryptRoomEvent(this.#room(), type, JSON.stringify(content)) };
  }

  async rotate(): Promise<void> {
    this.#keyHolders.clear();
    await this.machine.invalidateGroupSession(this.#room());
  }

  async decrypt(event: RoomEvent): Promise<Decryption> {
    try {
      const decrypted = await this.machine.decryptRoomEvent(event.json, this.#room(), onlySigned());
      return (await this.#readiness(event.sender)) === "identity-changed"
        ? { outcome: "locked" }
        : this.#opened(event, decrypted.event);
    } catch (error) {
      if (error instanceof MegolmDecryptionError) {
        return { outcome: CURABLE.includes(error.code) ? "locked" : "rejected" };
      }
      throw error;
    }
  }

  destroy(): void {
    this.machine.close();
  }

  /** A listener whose devices cannot be judged now is left out, and does not keep the guest from the agent. */
  async #readyAmong(listeners: readonly string[]): Promise<readonly string[]> {
    const ready: string[] = [];
    for (const listener of listeners) {
      if ((await this.assess(listener)) === "ready") {
        ready.push(listener);
      }
    }
    return ready;
  }

  #noteHolders(body: string): void {
    const { messages } = JSON.parse(body) as { messages: Record<string, object> };
    for (const user of Object.keys(messages)) {
      this.#keyHolders.add(user);
    }
  }

  /** The decrypted event, unless it says that it belongs elsewhere, or to somebody else. */
  #opened(event: RoomEvent, json: string): Decryption {
    const opened = JSON.parse(json) as { type?: unknown; content?: unknown; room_id?: unknown; sender?: unknown };
    const { session_id: session, ciphertext } = event.content;
    const fingerprint =
      typeof session === "string" && typeof ciphertext === "string" ? fingerprintOf(session, ciphertext) : null;
    if (
      fingerprint === null ||
      typeof opened.type !== "string" ||
      typeof opened.content !== "object" ||
      opened.content === null ||
      (opened.room_id !== undefined && opened.room_id !== this.guest.roomId) ||
      opened.sender !== event.sender
    ) {
      return { outcome: "rejected" };
    }
    return { outcome: "opened", type: opened.type, content: opened.content as JsonObject, fingerprint };
  }

  async #readiness(agent: string): Promise<Readiness> {
    const identity = await this.machine.getIdentity(userId(agent));
    if (!(identity instanceof OtherUserIdentity)) {
      return "no-signed-device";
    }
    if (identity.identityNeedsUserApproval()) {
      return "identity-changed";
    }
    const devices = (await this.machine.getUserDevices(userId(agent))).devices();
    return devices.some((device) => device.isCrossSignedByOwner()) ? "ready" : "no-signed-device";
  }

  /** One at a time: the machine lists a request until it is marked as sent. */
  #sendOutgoing(): Promise<void> {
    const turn = this.#requests.then(async () => {
      for (const request of await this.machine.outgoingRequests()) {
        await this.#send(request);
      }
    });
    this.#requests = turn.catch(() => undefined);
    return turn;
  }

  #send(request: MachineRequest): Promise<void> {
    return send(this.machine, this.transport, request, (user) => this.#known.has(user));
  }

  #room(): RoomId {
    return new RoomId(this.guest.roomId);
  }
}

/** Calls of the machine consume such arguments: each needs its own. */
function userId(user: string): UserId {
  return new UserId(user);
}

function onlySigned(): DecryptionSettings {
  return new DecryptionSettings(TrustRequirement.CrossSigned);
}

function forSignedDevices(): EncryptionSettings {
  const settings = new EncryptionSettings();
  settings.algorithm = EncryptionAlgorithm.MegolmV1AesSha2;
  settings.historyVisibility = HistoryVisibility.Joined;
  settings.sharingStrategy = CollectStrategy.identityBasedStrategy();
  return settings;
}
