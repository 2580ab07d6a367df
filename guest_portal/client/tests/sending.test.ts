import { describe, expect, it } from "vitest";
import { Refused, Unavailable } from "../src/conversation/errors";
import { claim, echo, encryption, GUEST, joined, left, power, unclaimed } from "./room-events";
import { settled, World } from "./world";

const AGENT = "@agent:test";
const OTHER = "@other:test";

async function write(world: World, ...texts: string[]): Promise<void> {
  for (const text of texts) {
    world.conversation.write(text);
  }
  await settled();
}

describe("what is written", () => {
  it("is no message where nothing of it would be seen", async () => {
    const world = await new World().reachConnected();
    for (const written of ["\u202e\u202c", "\u0007", "\u200b", "\u2800"]) {
      expect(world.conversation.write(written)).toBe("empty");
    }
    expect(world.screen).toEqual(["[agent-joined]"]);
  });
});

describe("before the claim", () => {
  it("holds what is written, and sends it in order at the claim, one at a time", async () => {
    const world = await new World().reachWaiting();
    await write(world, "one", "two", "three");
    expect(world.screen).toEqual(["one (held)", "two (held)", "three (held)"]);
    await world.sync(encryption(), joined(GUEST.userId), joined(AGENT), claim(AGENT, "Camille"), power(0));
    for (const eventId of ["$a", "$b", "$c"]) {
      await world.session.calls.waiting("send").answer(eventId);
    }
    expect(world.sent.map((sealed) => sealed.split("/").at(-1))).toEqual(["one", "two", "three"]);
    expect(world.screen).toEqual(["one (sent)", "two (sent)", "three (sent)", "[agent-joined]"]);
  });

  it("seals for nobody who has joined without a claim, nor for whom anybody but the warden has named", async () => {
    const world = await new World().reachWaiting();
    await write(world, "secret");
    await world.sync(encryption(), joined(OTHER), power(0), claim(OTHER, null, {}, OTHER));
    expect(world.state.phase).toBe("waiting");
    expect(world.sent).toEqual([]);
  });

  it("holds for an agent who is named and not there", async () => {
    const world = await new World().reachWaiting();
    await write(world, "secret");
    await world.sync(encryption(), claim(AGENT), power(0));
    expect(world.state.phase).toBe("waiting");
    await world.sync(joined(AGENT));
    expect(world.sent).toHaveLength(1);
  });

  it("holds until the homeserver lets the guest write", async () => {
    const world = await new World().reachWaiting();
    await write(world, "early");
    await world.sync(encryption(), joined(AGENT), power(50), claim(AGENT));
    expect(world.state.phase).toBe("connected");
    expect(world.sent).toEqual([]);
    await world.sync(power(0));
    expect(world.sent).toHaveLength(1);
  });

  it("holds while the agent has no signed device, and looks again when the devices change", async () => {
    const world = await new World().reachWaiting();
    world.cryptography.readiness.set(AGENT, "no-signed-device");
    await write(world, "held");
    await world.sync(encryption(), joined(AGENT), claim(AGENT), power(0));
    expect(world.state).toMatchObject({ phase: "waiting", audience: { agent: { id: AGENT } } });
    world.cryptography.readiness.set(AGENT, "ready");
    await world.syncWith({ devicesChanged: [AGENT] });
    expect(world.state.phase).toBe("connected");
    expect(world.sent).toHaveLength(1);
  });

  it("sends nothing to an agent whose identity is not the one first seen, and says so once", async () => {
    const world = await new World().reachConnected();
    world.cryptography.readiness.set(AGENT, "identity-changed");
    await write(world, "secret");
    await world.clock.pass();
    await world.clock.pass();
    expect(world.state.phase).toBe("waiting");
    expect(world.screen).toEqual(["[agent-joined]", "secret (held)", "[agent-identity-changed]"]);
    expect(world.sent).toEqual([]);
  });
});

describe("the network is lost", () => {
  it("sends again under the same transaction id, with the same ciphertext, and keeps the order", async () => {
    const world = await new World().reachConnected();
    await write(world, "one", "two");
    await world.session.calls.waiting("send").fail(new Unavailable());
    expect(world.screen).toEqual(["[agent-joined]", "one (sending)", "two (sending)"]);
    expect(world.state.reconnecting).toBe(true);
    await world.clock.pass();
    await world.session.calls.waiting("send").answer("$a");
    await world.session.calls.waiting("send").answer("$b");
    const sends = world.session.calls.all.filter((call) => call.name === "send");
    expect(sends.map((call) => call.args[0])).toEqual(["t1", "t1", "t2"]);
    expect(sends[0]?.args[1]).toBe(sends[1]?.args[1]);
    expect(world.screen).toEqual(["[agent-joined]", "one (sent)", "two (sent)"]);
    expect(world.state.reconnecting).toBe(false);
  });

  it("waits longer each time, and as long as the server asks", async () => {
    const world = await new World().reachConnected();
    world.clock.asked.length = 0;
    await write(world, "one");
    for (const error of [new Unavailable(), new Unavailable(), new Unavailable(9_000)]) {
      await world.session.calls.waiting("send").fail(error);
      await world.clock.pass();
    }
    expect(world.clock.asked).toEqual([400, 800, 9_000]);
  });

  it("believes the sync that shows the message, and does not send it again", async () => {
    const world = await new World().reachConnected();
    await write(world, "one", "two");
    await world.session.calls.waiting("send").fail(new Unavailable());
    await world.sync(echo("t1", "$a"));
    await world.clock.pass();
    await world.session.calls.waiting("send").answer("$b");
    expect(world.screen).toEqual(["[agent-joined]", "one (sent)", "two (sent)"]);
    expect(world.sent).toHaveLength(2);
  });

  it("shows one message when the sync overtakes the answer", async () => {
    const world = await new World().reachConnected();
    await write(world, "one");
    await world.sync(echo("t1", "$a"));
    expect(world.screen).toEqual(["[agent-joined]", "one (sent)"]);
    await world.session.calls.waiting("send").answer("$a");
    expect(world.screen).toEqual(["[agent-joined]", "one (sent)"]);
  });

  it("asks again from the last batch taken in, at first without a long wait", async () => {
    const world = await new World().reachConnected();
    await world.session.calls.waiting("sync").fail(new Unavailable());
    expect(world.state.reconnecting).toBe(true);
    await world.clock.pass();
    expect(world.session.calls.waiting("sync").args.slice(0, 2)).toEqual(["b1", 0]);
    await world.sync();
    expect(world.state.reconnecting).toBe(false);
    expect(world.session.calls.waiting("sync").args.slice(0, 2)).toEqual(["b2", 30_000]);
  });
});

describe("a refusal", () => {
  it("for want of a claim holds the message, and tries again", async () => {
    const world = await new World().reachConnected();
    await write(world, "one");
    await world.session.calls.waiting("send").fail(new Refused(403, "M_FORBIDDEN"));
    expect(world.screen).toEqual(["[agent-joined]", "one (held)"]);
    await world.clock.pass();
    await world.session.calls.waiting("send").answer("$a");
    expect(world.screen).toEqual(["[agent-joined]", "one (sent)"]);
  });

  it("for good is shown, does not stop the next message, and can be tried again at the end", async () => {
    const world = await new World().reachConnected();
    await write(world, "large", "small");
    await world.session.calls.waiting("send").fail(new Refused(413, "M_TOO_LARGE"));
    await world.session.calls.waiting("send").answer("$b");
    expect(world.screen).toEqual(["[agent-joined]", "large (failed)", "small (sent)"]);
    world.conversation.retry("t1");
    await settled();
    await world.session.calls.waiting("send").answer("$c");
    expect(world.screen).toEqual(["[agent-joined]", "small (sent)", "large (sent)"]);
  });
});

describe("the agent changes", () => {
  it("during the sealing: the ciphertext is thrown away, and the next agent gets another under another key", async () => {
    const world = await new World().reachConnected(AGENT);
    world.cryptography.sealingWaits = true;
    await write(world, "secret");
    await world.sync(left(AGENT), unclaimed());
    await world.cryptography.calls.waiting("seal").answer();
    expect(world.sent).toEqual([]);
    expect(world.state.phase).toBe("waiting");
    expect(world.screen).toEqual(["[agent-joined]", "secret (held)", "[agent-left]"]);
    world.cryptography.sealingWaits = false;
    await world.sync(joined(OTHER), claim(OTHER));
    expect(world.sent).toHaveLength(1);
    expect(world.sent[0]).toMatch(/^@other:test\/\d+\/\d+\/secret$/);
  });

  it("with a message in flight whose answer is lost: sealed anew for the next, under the same transaction id", async () => {
    const world = await new World().reachConnected(AGENT);
    await write(world, "secret");
    const first = world.session.calls.waiting("send");
    await world.sync(left(AGENT), unclaimed());
    await first.fail(new Unavailable());
    expect(world.screen).toEqual(["[agent-joined]", "secret (held)", "[agent-left]"]);
    await world.clock.pass();
    await world.sync(joined(OTHER), claim(OTHER));
    const second = world.session.calls.waiting("send");
    expect(second.args[0]).toBe(first.args[0]);
    expect(String(second.args[1])).toMatch(/^@other:test/);
    expect(String(second.args[1]).split("/")[1]).not.toBe(String(first.args[1]).split("/")[1]);
  });

  it("with a message in flight that arrives all the same: it is sent, and not sealed for the next", async () => {
    const world = await new World().reachConnected(AGENT);
    await write(world, "said");
    await world.sync(left(AGENT), unclaimed());
    await world.session.calls.waiting("send").answer("$a");
    await world.sync(joined(OTHER), claim(OTHER));
    expect(world.screen).toEqual(["[agent-joined]", "said (sent)", "[agent-left]", "[agent-joined]"]);
    expect(world.sent).toHaveLength(1);
  });

  it("by leaving and coming back at once: the key is changed all the same", async () => {
    const world = await new World().reachConnected(AGENT);
    await write(world, "before");
    await world.session.calls.waiting("send").answer("$a");
    await world.sync(left(AGENT), joined(AGENT));
    await write(world, "after");
    const [before, after] = world.sent.map((sealed) => sealed.split("/")[1]);
    expect(after).not.toBe(before);
  });

  it("in one batch: who is named last is written to, and only that one", async () => {
    const world = await new World().reachConnected(AGENT);
    await world.sync(left(AGENT), unclaimed(), joined(OTHER), claim(OTHER, "Alix"));
    await write(world, "hello");
    expect(world.sent.map((sealed) => sealed.split("/")[0])).toEqual([OTHER]);
    expect(world.state).toMatchObject({ phase: "connected", audience: { agent: { name: "Alix" } } });
  });

  it("for nobody while still joined: nothing more goes to the former agent", async () => {
    const world = await new World().reachConnected(AGENT);
    await world.sync(unclaimed());
    await write(world, "secret");
    expect(world.sent).toEqual([]);
    expect(world.state.phase).toBe("waiting");
  });
});
