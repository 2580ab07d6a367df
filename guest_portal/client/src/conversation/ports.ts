/** What the conversation needs from outside, and the forms in which it gets it. */
import type { Answer } from "./orientation";
import type { Helped } from "./state";

export type Json = null | boolean | number | string | readonly Json[] | JsonObject;
export type JsonObject = { readonly [key: string]: Json };

export type Role = "victim" | "witness" | "relative" | "professional";

/** `insee`: its code in the Code officiel géographique, unlike its name its own. */
export type Commune = { readonly insee: string; readonly name: string };

/** All that is asked before a conversation. */
export type Application = {
  readonly role: Role;
  readonly postalCode: string;
  /** An INSEE code, or `unknown`; null unless the portal has asked. */
  readonly commune: string | null;
  readonly language: string;
  readonly inDanger: boolean;
};

/** Who the guest is for the homeserver, and the one room it has. */
export type GuestIdentity = {
  readonly userId: string;
  readonly deviceId: string;
  readonly roomId: string;
  /** The only sender whose claims are believed. */
  readonly warden: string;
};

export type RoomEvent = {
  readonly eventId: string;
  readonly type: string;
  readonly sender: string;
  /** null for what is not state. */
  readonly stateKey: string | null;
  readonly content: JsonObject;
  /** When the homeserver got it, in milliseconds since 1970; 0 where it does not say. */
  readonly at: number;
  /** Set by the homeserver on our own device's events only. */
  readonly transactionId: string | null;
  /** For a redaction: the event that it removes. */
  readonly redacts: string | null;
  /** The event as it came, for decryption. */
  readonly json: string;
};

export type RoomUpdate = {
  readonly membership: "join" | "leave";
  /** The room's state before `timeline`. */
  readonly state: readonly RoomEvent[];
  readonly timeline: readonly RoomEvent[];
  /** Whether events are missing between the last batch and this one. */
  readonly limited: boolean;
  /** Who is typing; null when that has not changed. */
  readonly typing: readonly string[] | null;
};

/** One answer of `/sync`. */
export type SyncBatch = {
  readonly nextBatch: string;
  readonly toDevice: readonly JsonObject[];
  readonly devicesChanged: readonly string[];
  readonly devicesLeft: readonly string[];
  readonly oneTimeKeyCounts: ReadonlyMap<string, number>;
  readonly unusedFallbackKeys: ReadonlySet<string> | null;
  /** null when the batch says nothing of our room. */
  readonly room: RoomUpdate | null;
};

/** Ciphertext, the only thing that can be sent to the room. Made by `Cryptography` alone. */
export type SealedContent = { readonly sealed: string };

export type ToDeviceType = "m.room.encrypted" | "m.room_key.withheld";

/** The requests of the encryption machine: JSON bodies in, JSON bodies out. Each raises the errors of `errors.ts`. */
export interface KeyTransport {
  uploadKeys(body: string): Promise<string>;
  queryKeys(body: string): Promise<string>;
  claimKeys(body: string): Promise<string>;
  uploadSigningKeys(body: string): Promise<string>;
  uploadSignatures(body: string): Promise<string>;
  sendToDevice(type: ToDeviceType, transactionId: string, body: string): Promise<string>;
}

/**
 * A session with the portal. Each method raises the errors of `errors.ts`; none can send clear text to the room, but for
 * an answer, which is a choice from a list.
 */
export interface PortalSession extends KeyTransport {
  readonly guest: GuestIdentity;
  readonly reference: string;
  /** Tells the service that this device can decrypt: agents hear of the conversation from here on. */
  ready(): Promise<void>;
  /** Waits up to `timeoutMs` for news after `since`. */
  sync(since: string | null, timeoutMs: number, signal: AbortSignal): Promise<SyncBatch>;
  /** Resolves to the event id. The same transaction id never makes a second event. */
  send(transactionId: string, content: SealedContent): Promise<string>;
  /** Decides on a proposal. Said twice, it is done once. */
  answer(answer: Answer): Promise<void>;
  /** Tells whether the guest is writing; what is told lasts half a minute. */
  typing(typing: boolean): Promise<void>;
  /** Removes one of the guest's own messages for everybody. */
  remove(eventId: string, transactionId: string): Promise<void>;
  leave(): Promise<void>;
  /** Answers the one question after the end: once, and by a request that does not tell whose it is. */
  giveFeedback(answer: Helped): Promise<void>;
  /** Asks for the erasure at once, without waiting for an answer; survives the page. */
  requestErasure(): void;
}

export interface Portal {
  /**
   * Raises `CommuneNeeded` where the postal code alone does not tell the desk, `Refused` for a form that the service
   * does not accept. Outlives the page if it is closed meanwhile.
   */
  open(application: Application): Promise<PortalSession>;
}

/**
 * `ready`: there is a device that its owner has signed. `no-signed-device`: wait. `identity-changed`: the agent's
 * identity is no longer the one first seen, so nothing goes to it.
 */
export type Readiness = "ready" | "no-signed-device" | "identity-changed";

export type Decryption =
  /** `fingerprint` is the same for two events that carry the same ciphertext. */
  | { readonly outcome: "opened"; readonly type: string; readonly content: JsonObject; readonly fingerprint: string }
  /** Not now: a key or the sender's device is not known yet. */
  | { readonly outcome: "locked" }
  /** Never: forged, or not what it says it is. */
  | { readonly outcome: "rejected" };

/** The keys of one conversation, in memory only. Whatever it raises, other than `errors.ts`, is final. */
export interface Cryptography {
  /** Uploads the device and its cross-signing identity. */
  establish(): Promise<void>;
  /** Takes in keys and device changes. Local: it does not wait for the network. */
  receive(batch: SyncBatch): Promise<void>;
  /** Sends what `receive` has called for. Where it raises, the rest goes with the next call. */
  settle(): Promise<void>;
  /** Fetches `agent`'s devices and judges them. */
  assess(agent: string): Promise<Readiness>;
  /** Whether `user`, assessed before, has a device that its owner has not signed. */
  hasUnsignedDevice(user: string): Promise<boolean>;
  /**
   * Seals for the signed devices of `agent`, of those `listeners` whose identity stands, and of nobody else; null when
   * the agent has none.
   */
  sealFor(
    agent: string,
    listeners: readonly string[],
    type: string,
    content: JsonObject,
  ): Promise<SealedContent | null>;
  /** Makes the next message use a key that nobody has yet. Not to be called while `sealFor` is under way. */
  rotate(): Promise<void>;
  decrypt(event: RoomEvent): Promise<Decryption>;
  /** Drops every key. Nothing else may be called afterwards. */
  destroy(): void;
}

export interface CryptographyFactory {
  create(guest: GuestIdentity, transport: KeyTransport): Promise<Cryptography>;
}

export interface CryptographyLoader {
  /** Loads what encryption needs, once. Rejects with `Unavailable` if it cannot be fetched now, else where it cannot work. */
  load(): Promise<CryptographyFactory>;
}

export interface Clock {
  /** Milliseconds since 1970, by this device. */
  now(): number;
  /** Resolves after `ms`, or as soon as `signal` is aborted. */
  wait(ms: number, signal: AbortSignal): Promise<void>;
}

export interface Randomness {
  /** At least 0, below 1. */
  fraction(): number;
  /** Unguessable and never the same twice. */
  identifier(): string;
}
