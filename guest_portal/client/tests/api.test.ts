import { afterEach, describe, expect, it, vi } from "vitest";
import { HttpPortal } from "../src/api/portal";
import { fetchScript } from "../src/api/site";
import { parseSync } from "../src/api/sync-batch";
import { CommuneNeeded, Refused, SessionEnded, Unavailable } from "../src/conversation/errors";
import type { PortalSession } from "../src/conversation/ports";
import { APPLICATION } from "./world";

const OPENED = {
  session: "sealed",
  ticket: "ticket",
  user_id: "@guest:test",
  device_id: "D",
  room_id: "!room/with+signs",
  reference: "K7QM-42",
  warden: "@warden:test",
};

/** Proofs that cost nothing. */
const PROOFS = { take: async () => "proof", solve: async () => "better proof", prepare: () => undefined };

afterEach(() => vi.unstubAllGlobals());

/** Makes every request be answered so, and returns what was asked. */
function answering(status: number, body: unknown): { path: string; init: RequestInit }[] {
  const asked: { path: string; init: RequestInit }[] = [];
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    asked.push({ path, init });
    return new Response(typeof body === "string" ? body : JSON.stringify(body), { status });
  });
  return asked;
}

async function openSession(): Promise<PortalSession> {
  answering(201, OPENED);
  return new HttpPortal(PROOFS).open(APPLICATION);
}

describe("the portal's answers", () => {
  it.each([
    [429, { errcode: "M_LIMIT_EXCEEDED", retry_after_ms: 1_500 }, new Unavailable(1_500)],
    [502, { errcode: "VEILLEUSE_HOMESERVER_UNREACHABLE" }, new Unavailable()],
    [503, "<html>", new Unavailable()],
    [401, { errcode: "M_UNKNOWN_TOKEN" }, new SessionEnded(true)],
    [401, { errcode: "VEILLEUSE_SESSION_INVALID" }, new SessionEnded(false)],
    [403, { errcode: "M_FORBIDDEN" }, new Refused(403, "M_FORBIDDEN")],
    [413, { errcode: "M_TOO_LARGE" }, new Refused(413, "M_TOO_LARGE")],
    [200, "<html>captive portal</html>", new Unavailable()],
    [200, [], new Unavailable()],
  ])("%i %j are told apart", async (status, body, expected) => {
    const session = await openSession();
    answering(status, body);
    await expect(session.send("t1", { sealed: "{}" })).rejects.toEqual(expected);
  });

  it("that do not come are no answer", async () => {
    const session = await openSession();
    vi.stubGlobal("fetch", () => Promise.reject(new TypeError("network")));
    await expect(session.send("t1", { sealed: "{}" })).rejects.toEqual(new Unavailable());
  });
});

describe("the portal's question for the commune", () => {
  const errcode = "VEILLEUSE_COMMUNE_NEEDED";
  const bourg = { insee: "01064", name: "Bourg" };
  const ajaccio = { insee: "2A004", name: "Ajaccio" };

  it("names those to choose from, in its order, and nothing else", async () => {
    answering(409, { errcode, error: "Which commune?", communes: [{ ...ajaccio, odd: 1 }, bourg] });
    const refusal = await new HttpPortal(PROOFS).open(APPLICATION).catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(CommuneNeeded);
    expect((refusal as CommuneNeeded).communes).toEqual([ajaccio, bourg]);
  });

  it.each([
    undefined,
    null,
    "Bourg",
    { "0": bourg },
    [],
    [bourg, "Bourg"],
    [bourg, null],
    [bourg, [bourg]],
    [bourg, { insee: "01064" }],
    [bourg, { insee: 1064, name: "Bourg" }],
    [bourg, { insee: "1064", name: "Bourg" }],
    [bourg, { insee: "unknown", name: "Bourg" }],
    [bourg, { insee: "01064", name: " " }],
    [bourg, { insee: "01064", name: { fr: "Bourg" } }],
  ])("is no answer with %j for communes", async (communes) => {
    answering(409, { errcode, error: "Which commune?", communes });
    await expect(new HttpPortal(PROOFS).open(APPLICATION)).rejects.toEqual(new Unavailable());
  });

  it("is not seen in another conflict", async () => {
    answering(409, { errcode: "M_UNKNOWN", communes: [bourg] });
    await expect(new HttpPortal(PROOFS).open(APPLICATION)).rejects.toEqual(new Refused(409, "M_UNKNOWN"));
  });

  it.each(["01064", "unknown"])("is answered with %s in the form sent again", async (commune) => {
    const asked = answering(201, OPENED);
    await new HttpPortal(PROOFS).open({ ...APPLICATION, commune });
    expect(JSON.parse(String(asked[0]?.init.body))).toMatchObject({ postal_code: "78280", commune });
  });
});

describe("the portal's requests", () => {
  it("carry the session in a header, no cookie, and no address of the page", async () => {
    const session = await openSession();
    const asked = answering(200, { event_id: "$a" });
    await session.send("t1", { sealed: '{"ciphertext":"x"}' });
    expect(asked[0]?.path).toBe("/_matrix/client/v3/rooms/!room%2Fwith%2Bsigns/send/m.room.encrypted/t1");
    expect(asked[0]?.init).toMatchObject({
      method: "PUT",
      body: '{"ciphertext":"x"}',
      headers: { Authorization: "Bearer sealed" },
      credentials: "omit",
      referrerPolicy: "no-referrer",
      redirect: "error",
      cache: "no-store",
    });
  });

  it("with an answer to the question after the end do not tell whose it is", async () => {
    const session = await openSession();
    const asked = answering(200, "");
    await session.giveFeedback("a_little");
    expect(asked[0]).toMatchObject({ path: "/feedback", init: { method: "POST", credentials: "omit" } });
    expect(asked[0]?.init.body).toBe('{"ticket":"ticket","answer":"a_little"}');
    expect(asked[0]?.init.headers).toEqual({ "Content-Type": "application/json" });
  });

  it("to open go on when the page is gone", async () => {
    const asked = answering(201, OPENED);
    await new HttpPortal(PROOFS).open(APPLICATION);
    expect(asked[0]?.init.keepalive).toBe(true);
    expect(JSON.parse(String(asked[0]?.init.body))).toEqual({
      proof: "proof",
      role: "victim",
      postal_code: "78280",
      language: "fr",
      in_danger: false,
    });
  });

  it("for the erasure are beacons, or else requests that outlive the page", async () => {
    const session = await openSession();
    const beacons: unknown[][] = [];
    vi.stubGlobal("navigator", { sendBeacon: (...args: unknown[]) => beacons.push(args) > 1 });
    const asked = answering(204, "");
    session.requestErasure();
    expect(beacons).toEqual([["/exit", "sealed"]]);
    expect(asked[0]).toMatchObject({ path: "/exit", init: { method: "POST", body: "sealed", keepalive: true } });
    session.requestErasure();
    expect(asked).toHaveLength(1);
  });
});

describe("a sync answer", () => {
  it("is read for one's own room only, and without what is malformed", () => {
    const batch = parseSync(
      JSON.stringify({
        next_batch: "s1",
        device_one_time_keys_count: { signed_curve25519: 50, odd: "x" },
        device_unused_fallback_key_types: ["signed_curve25519"],
        to_device: { events: [{ type: "m.room.encrypted" }, "odd"] },
        rooms: {
          join: {
            "!other": { timeline: { events: [{ event_id: "$x", type: "t", sender: "@a:b" }] } },
            "!room": {
              timeline: {
                limited: true,
                events: [
                  { event_id: "$1", type: "m.room.redaction", sender: "@a:b", content: { redacts: "$0" } },
                  { type: "no id" },
                  null,
                  { event_id: "$2", type: "m.room.encrypted", sender: "@a:b", unsigned: { transaction_id: "t1" } },
                ],
              },
              ephemeral: { events: [{ type: "m.typing", content: { user_ids: ["@a:b", 7] } }] },
            },
          },
        },
      }),
      "!room",
    );
    expect(batch).toMatchObject({
      nextBatch: "s1",
      toDevice: [{ type: "m.room.encrypted" }],
      room: {
        membership: "join",
        limited: true,
        typing: ["@a:b"],
        timeline: [
          { eventId: "$1", redacts: "$0" },
          { eventId: "$2", transactionId: "t1" },
        ],
      },
    });
    expect([...batch.oneTimeKeyCounts]).toEqual([["signed_curve25519", 50]]);
  });

  it("tells that the guest is out", () => {
    expect(parseSync('{"next_batch":"s","rooms":{"leave":{"!room":{}}}}', "!room").room?.membership).toBe("leave");
  });
});

describe("a file of the page", () => {
  it.each([
    ["that is refused", async () => new Response("", { status: 503 })],
    ["that does not come", () => Promise.reject(new TypeError("no network"))],
    ["that breaks off", async () => new Response(new ReadableStream({ pull: (body) => body.error(new TypeError()) }))],
  ])("%s is unavailable, no more", async (_, fetch) => {
    vi.stubGlobal("fetch", fetch);
    await expect(fetchScript("/assets/A.js")).rejects.toEqual(new Unavailable());
  });
});
