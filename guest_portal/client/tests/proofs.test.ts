import { afterEach, describe, expect, it, vi } from "vitest";
import { HttpPortal } from "../src/api/portal";
import { Proofs } from "../src/api/proofs";
import { Unavailable } from "../src/conversation/errors";
import { type Challenge, solve } from "../src/proof/solve";
import { APPLICATION, settled } from "./world";

/** Made by the Python package `altcha` 2.3.0, with the counter 37. */
const CHALLENGE = {
  parameters: {
    algorithm: "PBKDF2/SHA-256",
    nonce: "00112233445566778899aabbccddeeff",
    salt: "ffeeddccbbaa99887766554433221100",
    cost: 20,
    keyLength: 32,
    keyPrefix: "a313d7f05936d2ae83b129275afb7509",
    data: { level: 0 },
  },
  signature: "5160",
};
const DERIVED_KEY = "a313d7f05936d2ae83b129275afb75096777c7e970705232af1ad28da7455580";

const OPENED = {
  session: "s",
  ticket: "ticket",
  user_id: "@g:t",
  device_id: "D",
  room_id: "!r",
  reference: "K7QM-42",
  warden: "@w:t",
};

afterEach(() => vi.unstubAllGlobals());

/** Answers each request with the next of `answers`, and returns what was asked. */
function answeringInTurn(...answers: [number, unknown][]): { path: string; body: Record<string, unknown> }[] {
  const asked: { path: string; body: Record<string, unknown> }[] = [];
  vi.stubGlobal("fetch", async (path: string, init: RequestInit) => {
    asked.push({ path, body: JSON.parse(String(init.body ?? "{}")) as Record<string, unknown> });
    const [status, body] = answers[asked.length - 1] ?? [503, {}];
    return new Response(JSON.stringify(body), { status });
  });
  return asked;
}

/** Names each challenge's proof after its signature, so that a test sees which was solved. */
const NAMING = { solve: async ({ signature }: Challenge) => `proof of ${signature}` };

function moreNeeded(signature: string): [number, unknown] {
  return [428, { errcode: "VEILLEUSE_PROOF_NEEDED", challenge: { ...CHALLENGE, signature } }];
}

describe("a challenge", () => {
  it("is solved as the portal's package does, and given back as it came", async () => {
    const proof = JSON.parse(atob(await solve(CHALLENGE))) as unknown;
    expect(proof).toEqual({ challenge: CHALLENGE, solution: { counter: 37, derivedKey: DERIVED_KEY } });
  });
});

describe("an opening", () => {
  it("takes the proof that was made ahead of need, and asks for no other", async () => {
    const asked = answeringInTurn([200, { ...CHALLENGE, signature: "first" }], [201, OPENED]);
    const proofs = new Proofs(NAMING);
    proofs.prepare();
    proofs.prepare();
    await settled();
    await new HttpPortal(proofs).open(APPLICATION);
    expect(asked.map(({ path, body }) => [path, body.proof])).toEqual([
      ["/challenge", undefined],
      ["/open", "proof of first"],
    ]);
  });

  it("does more work as often as the portal wants more", async () => {
    const asked = answeringInTurn(
      [200, { ...CHALLENGE, signature: "first" }],
      moreNeeded("second"),
      moreNeeded("third"),
      [201, OPENED],
    );
    await new HttpPortal(new Proofs(NAMING)).open(APPLICATION);
    expect(asked.map(({ body }) => body.proof)).toEqual([
      undefined,
      "proof of first",
      "proof of second",
      "proof of third",
    ]);
  });

  it("that comes to nothing for now tells when to ask again, and has another proof made for that", async () => {
    const asked = answeringInTurn(
      [200, { ...CHALLENGE, signature: "first" }],
      [503, { errcode: "VEILLEUSE_BUSY", retry_after_ms: 5 }],
      [200, { ...CHALLENGE, signature: "second" }],
      [201, OPENED],
    );
    const portal = new HttpPortal(new Proofs(NAMING));
    await expect(portal.open(APPLICATION)).rejects.toEqual(new Unavailable(5));
    await settled();
    await portal.open(APPLICATION);
    expect(asked.map(({ body }) => body.proof)).toEqual([undefined, "proof of first", undefined, "proof of second"]);
  });

  it("ends where the portal never has enough", async () => {
    answeringInTurn(
      [200, { ...CHALLENGE, signature: "first" }],
      ...Array.from({ length: 20 }, () => moreNeeded("again")),
    );
    await expect(new HttpPortal(new Proofs(NAMING)).open(APPLICATION)).rejects.toEqual(new Unavailable());
  });

  it("prepares the next proof while the person chooses a commune", async () => {
    const commune = { insee: "01064", name: "Lélex" };
    const asked = answeringInTurn(
      [200, { ...CHALLENGE, signature: "first" }],
      [409, { errcode: "VEILLEUSE_COMMUNE_NEEDED", communes: [commune] }],
      [200, { ...CHALLENGE, signature: "second" }],
      [201, OPENED],
    );
    const portal = new HttpPortal(new Proofs(NAMING));
    await expect(portal.open(APPLICATION)).rejects.toMatchObject({ communes: [commune] });
    await settled();
    await portal.open({ ...APPLICATION, commune: "01064" });
    expect(asked.map(({ body }) => body.proof)).toEqual([undefined, "proof of first", undefined, "proof of second"]);
  });

  it("asks again for a challenge that did not come while nobody waited for it", async () => {
    answeringInTurn([503, {}], [200, { ...CHALLENGE, signature: "second" }], [201, OPENED]);
    const proofs = new Proofs(NAMING);
    proofs.prepare();
    await settled();
    await expect(proofs.take()).resolves.toBe("proof of second");
  });

  it.each([{}, { parameters: {} }, { ...CHALLENGE, signature: 3 }, { ...CHALLENGE, parameters: "x" }])(
    "trusts no challenge like %j",
    async (challenge) => {
      answeringInTurn([200, challenge]);
      await expect(new Proofs(NAMING).take()).rejects.toEqual(new Unavailable());
    },
  );
});
