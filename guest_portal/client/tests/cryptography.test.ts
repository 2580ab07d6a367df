/** The real encryption machine, between a guest and agents, over a homeserver of a hundred lines. */
import { initAsync } from "@matrix-org/matrix-sdk-crypto-wasm";
import { beforeAll, beforeEach, describe, expect, it } from "vitest";
import { padded } from "../src/conversation/padding";
import type { Cryptography, RoomEvent } from "../src/conversation/ports";
import { cryptographyFactory } from "../src/crypto/cryptography";
import { fingerprintOf } from "../src/crypto/fingerprint";
import { KeyServer } from "./key-server";

const ROOM = "!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM";
const GUEST = "@guest:test";
const AGENT = "@agent:test";
const LISTENER = "@listener:test";
const NEXT = "@next:test";

let server: KeyServer;

beforeAll(() => initAsync());

beforeEach(() => {
  server = new KeyServer();
});

async function device(userId: string, deviceId: string): Promise<Cryptography> {
  const guest = { userId, deviceId, roomId: ROOM, warden: "@warden:test" };
  return cryptographyFactory.create(guest, server.transportOf(userId, deviceId));
}

async function signedDevice(userId: string, deviceId: string): Promise<Cryptography> {
  const made = await device(userId, deviceId);
  await made.establish();
  return made;
}

/** A device that has uploaded its keys, and nothing that signs them. */
async function unsignedDevice(userId: string, deviceId: string): Promise<Cryptography> {
  const made = await device(userId, deviceId);
  await made.settle();
  return made;
}

async function seal(
  from: Cryptography,
  to: string,
  body: string,
  listeners: readonly string[] = [],
): Promise<string | null> {
  return (await from.sealFor(to, listeners, "m.room.message", { msgtype: "m.text", body }))?.sealed ?? null;
}

function event(sender: string, sealed: string | null, eventId = "$1"): RoomEvent {
  const content = JSON.parse(sealed ?? "{}");
  const json = JSON.stringify({
    event_id: eventId,
    type: "m.room.encrypted",
    sender,
    content,
    origin_server_ts: 1,
    room_id: ROOM,
  });
  return {
    eventId,
    type: "m.room.encrypted",
    sender,
    stateKey: null,
    transactionId: null,
    redacts: null,
    at: 1,
    content,
    json,
  };
}

describe("encryption", () => {
  it("lets the agent read what the guest seals, and the guest what the agent seals", async () => {
    const [guest, agent] = [await signedDevice(GUEST, "G"), await signedDevice(AGENT, "A")];
    const toAgent = await seal(guest, AGENT, "bonjour");
    await agent.assess(GUEST);
    await agent.receive(server.batchFor(AGENT, "A"));
    expect(await agent.decrypt(event(GUEST, toAgent))).toMatchObject({
      outcome: "opened",
      type: "m.room.message",
      content: { body: "bonjour" },
    });
    const toGuest = await seal(agent, GUEST, "je vous écoute");
    await guest.receive(server.batchFor(GUEST, "G"));
    expect(await guest.decrypt(event(AGENT, toGuest))).toMatchObject({ content: { body: "je vous écoute" } });
  });

  it("opens a message whose key and sender become known only later", async () => {
    const [guest, agent] = [await signedDevice(GUEST, "G"), await signedDevice(AGENT, "A")];
    const received = event(AGENT, await seal(agent, GUEST, "bonjour"));
    expect(await guest.decrypt(received)).toEqual({ outcome: "locked" });
    await guest.receive(server.batchFor(GUEST, "G"));
    expect(await guest.decrypt(received)).toEqual({ outcome: "locked" });
    await guest.assess(AGENT);
    expect(await guest.decrypt(received)).toMatchObject({ outcome: "opened" });
  });

  it("seals nothing for an agent without a signed device", async () => {
    const guest = await signedDevice(GUEST, "G");
    await unsignedDevice(AGENT, "A");
    expect(await guest.assess(AGENT)).toBe("no-signed-device");
    expect(await seal(guest, AGENT, "secret")).toBeNull();
    expect(server.roomKeysFor).toEqual([]);
  });

  it("gives no key to an unsigned device beside a signed one", async () => {
    const guest = await signedDevice(GUEST, "G");
    await signedDevice(AGENT, "A");
    await unsignedDevice(AGENT, "INJECTED");
    expect(await seal(guest, AGENT, "secret")).not.toBeNull();
    expect(server.roomKeysFor).toEqual([`${AGENT}/A`]);
  });

  it("gives nothing more to an agent whose identity has been replaced", async () => {
    const guest = await signedDevice(GUEST, "G");
    await signedDevice(AGENT, "A");
    await seal(guest, AGENT, "first");
    await signedDevice(AGENT, "IMPOSTOR");
    await guest.receive(server.batchFor(GUEST, "G", [AGENT]));
    expect(await guest.assess(AGENT)).toBe("identity-changed");
    expect(await seal(guest, AGENT, "secret")).toBeNull();
    expect(server.roomKeysFor).toEqual([`${AGENT}/A`]);
  });

  it("changes the key on a rotation, so that who had the former cannot read on", async () => {
    const [guest, former] = [await signedDevice(GUEST, "G"), await signedDevice(AGENT, "A")];
    await signedDevice(NEXT, "N");
    await seal(guest, AGENT, "before");
    await former.assess(GUEST);
    await former.receive(server.batchFor(AGENT, "A"));
    await guest.rotate();
    const after = await seal(guest, NEXT, "after");
    expect(await former.decrypt(event(GUEST, after))).toEqual({ outcome: "locked" });
    expect(server.roomKeysFor).toEqual([`${AGENT}/A`, `${NEXT}/N`]);
  });

  it("changes the key on a rotation even for the same agent", async () => {
    const guest = await signedDevice(GUEST, "G");
    await signedDevice(AGENT, "A");
    const session = async (text: string) => JSON.parse((await seal(guest, AGENT, text)) ?? "null").session_id;
    const first = await session("one");
    expect(await session("two")).toBe(first);
    await guest.rotate();
    expect(await session("three")).not.toBe(first);
  });

  it("lets a listener read what is written from its coming on, and nothing after its going", async () => {
    const [guest, listener] = [await signedDevice(GUEST, "G"), await signedDevice(LISTENER, "L")];
    await signedDevice(AGENT, "A");
    const opens = async (sealed: string | null, id: string) => {
      await listener.receive(server.batchFor(LISTENER, "L"));
      return (await listener.decrypt(event(GUEST, sealed, id))).outcome;
    };
    await listener.assess(GUEST);
    const before = await seal(guest, AGENT, "before");
    await guest.rotate();
    const during = await seal(guest, AGENT, "during", [LISTENER]);
    await guest.rotate();
    const after = await seal(guest, AGENT, "after");
    expect([await opens(before, "$1"), await opens(during, "$2"), await opens(after, "$3")]).toEqual([
      "locked",
      "opened",
      "locked",
    ]);
    expect(server.roomKeysFor.filter((holder) => holder === `${LISTENER}/L`)).toHaveLength(1);
  });

  it("gives no key to a listener without a signed device, or whose identity has been replaced, and none is missed", async () => {
    const guest = await signedDevice(GUEST, "G");
    await signedDevice(AGENT, "A");
    await unsignedDevice(LISTENER, "L");
    expect(await seal(guest, AGENT, "secret", [LISTENER])).not.toBeNull();
    expect(server.roomKeysFor).toEqual([`${AGENT}/A`]);
    await signedDevice(NEXT, "N");
    await guest.assess(NEXT);
    await signedDevice(NEXT, "IMPOSTOR");
    await guest.receive(server.batchFor(GUEST, "G", [NEXT]));
    await guest.rotate();
    expect(await seal(guest, AGENT, "secret", [NEXT])).not.toBeNull();
    expect(server.roomKeysFor.some((holder) => holder.startsWith(NEXT))).toBe(false);
  });

  it("seals nothing for an agent without a device, though a listener has one", async () => {
    const guest = await signedDevice(GUEST, "G");
    await unsignedDevice(AGENT, "A");
    await signedDevice(LISTENER, "L");
    expect(await seal(guest, AGENT, "secret", [LISTENER])).toBeNull();
    expect(server.roomKeysFor).toEqual([]);
  });

  it("tells of a device that its owner has not signed", async () => {
    const guest = await signedDevice(GUEST, "G");
    await signedDevice(AGENT, "A");
    await guest.assess(AGENT);
    expect(await guest.hasUnsignedDevice(AGENT)).toBe(false);
    await unsignedDevice(AGENT, "INJECTED");
    await guest.receive(server.batchFor(GUEST, "G", [AGENT]));
    await guest.assess(AGENT);
    expect(await guest.hasUnsignedDevice(AGENT)).toBe(true);
  });

  it("makes ciphertexts of one length of what is short", async () => {
    const guest = await signedDevice(GUEST, "G");
    await signedDevice(AGENT, "A");
    const lengths = new Set<number>();
    for (const body of ["oui", "non", "Il est là, je crois qu’il a bu", "🙂"]) {
      const sealed = await guest.sealFor(AGENT, [], "m.room.message", padded({ msgtype: "m.text", body }));
      lengths.add(JSON.parse(sealed?.sealed ?? "{}").ciphertext.length);
    }
    expect(lengths.size).toBe(1);
  });

  it("of the longest text fits into an event", async () => {
    const guest = await signedDevice(GUEST, "G");
    await signedDevice(AGENT, "A");
    const longest = { msgtype: "m.text", body: "€".repeat(10_000) };
    const sealed = await guest.sealFor(AGENT, [], "m.room.message", padded(longest));
    expect(sealed?.sealed.length).toBeLessThan(64_000);
  });

  it("recognises a ciphertext that comes again, and no other", async () => {
    const [guest, agent] = [await signedDevice(GUEST, "G"), await signedDevice(AGENT, "A")];
    const [yes, no] = [await seal(agent, GUEST, "yes"), await seal(agent, GUEST, "no")];
    await guest.assess(AGENT);
    await guest.receive(server.batchFor(GUEST, "G"));
    const prints = await Promise.all(
      [event(AGENT, yes, "$1"), event(AGENT, no, "$2"), event(AGENT, yes, "$3")].map(async (received) => {
        const decryption = await guest.decrypt(received);
        return decryption.outcome === "opened" ? decryption.fingerprint : decryption.outcome;
      }),
    );
    expect(prints[0]).toBe(prints[2]);
    expect(prints[0]).not.toBe(prints[1]);
  });

  it("opens nothing that claims another sender", async () => {
    const [guest, agent] = [await signedDevice(GUEST, "G"), await signedDevice(AGENT, "A")];
    await signedDevice("@other:test", "O");
    const sealed = await seal(agent, GUEST, "mine");
    await guest.assess(AGENT);
    await guest.assess("@other:test");
    await guest.receive(server.batchFor(GUEST, "G"));
    expect(await guest.decrypt(event("@other:test", sealed))).toEqual({ outcome: "rejected" });
  });
});

describe("a fingerprint", () => {
  it("reads indexes of more than one byte", () => {
    const ciphertext = (...bytes: number[]) => btoa(String.fromCharCode(3, 8, ...bytes, 0x12, 1, 2, 3, 4, 5, 6, 7));
    expect(fingerprintOf("s", ciphertext(5))).toBe("s:5");
    expect(fingerprintOf("s", ciphertext(0xac, 0x02))).toBe("s:300");
  });

  it("is not made of what is no Megolm message", () => {
    expect(fingerprintOf("s", "????")).toBeNull();
    expect(fingerprintOf("s", btoa("something else"))).toBeNull();
  });
});
