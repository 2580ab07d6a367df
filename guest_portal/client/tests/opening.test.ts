import { describe, expect, it } from "vitest";
import { CommuneNeeded, Refused, SessionEnded, Unavailable } from "../src/conversation/errors";
import { INITIAL_STATE } from "../src/conversation/state";
import { encryption, GUEST, joined } from "./room-events";
import { APPLICATION, settled, World } from "./world";

const COMMUNES = [
  { insee: "01064", name: "Bourg" },
  { insee: "01072", name: "Ceyzériat" },
];

describe("opening", () => {
  it("asks nothing of the portal when encryption cannot be loaded", async () => {
    const world = new World();
    await world.start();
    await world.calls.waiting("load").fail(new Error("blocked"));
    expect(world.state).toMatchObject({ phase: "failed", failure: "insecure" });
    expect(world.calls.all.map((call) => call.name)).toEqual(["load"]);
  });

  it("becomes ready only after the device is established, and waits only after that", async () => {
    const world = new World();
    await world.start();
    await world.calls.waiting("load").answer(world.factory);
    await world.calls.waiting("open").answer(world.session);
    expect(world.session.calls.pending("ready")).toHaveLength(0);
    await world.session.calls.waiting("uploadKeys").answer("{}");
    expect(world.state.phase).toBe("opening");
    await world.session.calls.waiting("ready").answer();
    expect(world.state).toMatchObject({ phase: "waiting", reference: "K7QM-42" });
  });

  it("fails and asks for the erasure when the upload of keys is refused", async () => {
    const world = new World();
    await world.start();
    await world.calls.waiting("load").answer(world.factory);
    await world.calls.waiting("open").answer(world.session);
    await world.session.calls.waiting("uploadKeys").fail(new Refused(400, "M_INVALID_PARAM"));
    expect(world.state).toMatchObject({ phase: "failed", failure: "insecure" });
    expect(world.session.erasuresRequested).toBe(1);
    expect(world.cryptography.destroyed).toBe(true);
    expect(world.session.calls.all.map((call) => call.name)).toEqual(["uploadKeys"]);
  });

  it("uploads keys again after a lost answer, and gives up after a few times", async () => {
    const world = new World();
    await world.start();
    await world.calls.waiting("load").answer(world.factory);
    await world.calls.waiting("open").answer(world.session);
    for (let attempt = 1; attempt < 5; attempt += 1) {
      await world.session.calls.waiting("uploadKeys").fail(new Unavailable());
      expect(world.state.phase).toBe("opening");
      await world.clock.pass();
    }
    await world.session.calls.waiting("uploadKeys").fail(new Unavailable());
    expect(world.state).toMatchObject({ phase: "failed", failure: "unavailable" });
    expect(world.session.erasuresRequested).toBe(1);
  });

  it("fails when the session is not valid", async () => {
    const world = new World();
    await world.start();
    await world.calls.waiting("load").answer(world.factory);
    await world.calls.waiting("open").answer(world.session);
    await world.session.calls.waiting("uploadKeys").fail(new SessionEnded(false));
    expect(world.state).toMatchObject({ phase: "failed", failure: "unavailable" });
  });

  it("goes back to the form when the service refuses it, and can start again", async () => {
    const world = new World();
    await world.start();
    await world.calls.waiting("load").answer(world.factory);
    await world.calls.waiting("open").fail(new Refused(400, "M_BAD_JSON"));
    expect(world.state).toMatchObject({ phase: "form", formRefused: true });
    await world.start();
    expect(world.state).toMatchObject({ phase: "opening", formRefused: false });
  });

  it("goes back to the form with the communes to choose from, and sends it again with the answer", async () => {
    const world = new World();
    await world.start();
    await world.calls.waiting("load").answer(world.factory);
    await world.calls.waiting("open").fail(new CommuneNeeded(COMMUNES));
    expect(world.state).toEqual({ ...INITIAL_STATE, communes: COMMUNES });
    await world.start({ commune: "01064" });
    expect(world.state).toMatchObject({ phase: "opening", communes: [] });
    await world.calls.waiting("load").answer(world.factory);
    expect(world.calls.waiting("open").args).toEqual([{ ...APPLICATION, commune: "01064" }]);
    await world.calls.waiting("open").answer(world.session);
    await world.session.calls.waiting("uploadKeys").answer("{}");
    await world.session.calls.waiting("ready").answer();
    expect(world.state).toMatchObject({ phase: "waiting", communes: [] });
  });

  it("forgets the communes when the postal code is edited, and asks nothing of the portal for that", async () => {
    const world = new World();
    await world.start();
    await world.calls.waiting("load").answer(world.factory);
    await world.calls.waiting("open").fail(new CommuneNeeded(COMMUNES));
    world.conversation.editPostalCode();
    expect(world.state).toEqual(INITIAL_STATE);
    const shown = world.states.length;
    world.conversation.editPostalCode();
    expect(world.states).toHaveLength(shown);
    expect(world.calls.all.map((call) => call.name)).toEqual(["load", "open"]);
  });

  it("does not take another conflict for a question", async () => {
    const world = new World();
    await world.start();
    await world.calls.waiting("load").answer(world.factory);
    await world.calls.waiting("open").fail(new Refused(409, "M_UNKNOWN"));
    expect(world.state).toMatchObject({ phase: "failed", failure: "unavailable" });
  });

  it("goes on with what it was given when the service has no answer for now, and no sooner than it was told", async () => {
    const world = new World();
    await world.start();
    await world.calls.waiting("load").fail(new Unavailable());
    expect(world.state).toMatchObject({ phase: "opening", reconnecting: true });
    await world.clock.pass();
    await world.calls.waiting("load").answer(world.factory);
    await world.calls.waiting("open").fail(new Unavailable(9_000));
    expect(world.clock.asked.at(-1)).toBe(9_000);
    expect(world.state.phase).toBe("opening");
    await world.clock.pass();
    expect(world.calls.waiting("open").args).toEqual([APPLICATION]);
    await world.calls.waiting("open").answer(world.session);
    await world.session.calls.waiting("uploadKeys").answer("{}");
    await world.session.calls.waiting("ready").answer();
    expect(world.state).toMatchObject({ phase: "waiting", reconnecting: false });
  });

  it.each(["load", "open"])(
    "says after five times that the service does not answer, and starts again: %s",
    async (call) => {
      const world = new World();
      await world.start();
      if (call === "open") {
        await world.calls.waiting("load").answer(world.factory);
      }
      for (let attempt = 1; attempt < 5; attempt += 1) {
        await world.calls.waiting(call).fail(new Unavailable());
        await world.clock.pass();
      }
      await world.calls.waiting(call).fail(new Unavailable());
      expect(world.state).toEqual({ ...INITIAL_STATE, phase: "failed", failure: "unavailable" });
      await world.reachWaiting();
      expect(world.state).toMatchObject({ phase: "waiting", failure: null });
    },
  );

  it("does not start again where encryption cannot work", async () => {
    const world = new World();
    await world.start();
    await world.calls.waiting("load").fail(new Error("blocked"));
    await world.start();
    expect(world.calls.pending("load")).toEqual([]);
  });

  it("starts once, however often it is pressed", async () => {
    const world = new World();
    await world.start();
    await world.start();
    expect(world.calls.pending("load")).toHaveLength(1);
  });

  it("refuses to go on in a room that is not encrypted", async () => {
    const world = await new World().reachWaiting();
    world.conversation.write("held");
    await world.sync(joined(GUEST.userId));
    expect(world.state).toMatchObject({ phase: "failed", failure: "insecure", timeline: [] });
    expect(world.session.erasuresRequested).toBe(1);
  });

  it("refuses to go on when the room's encryption is replaced", async () => {
    const world = await new World().reachConnected();
    await world.sync(encryption("m.something.else"));
    expect(world.state.phase).toBe("failed");
    world.conversation.write("never");
    expect(world.sent).toEqual([]);
  });
});

describe("exit", () => {
  it("during the loading of encryption: the portal is never asked", async () => {
    const world = new World();
    await world.start();
    world.conversation.vanish();
    await world.calls.waiting("load").answer(world.factory);
    expect(world.calls.pending("open")).toHaveLength(0);
  });

  it("during the opening: the late answer is followed by a request for the erasure", async () => {
    const world = new World();
    await world.start();
    await world.calls.waiting("load").answer(world.factory);
    world.conversation.vanish();
    expect(world.session.erasuresRequested).toBe(0);
    await world.calls.waiting("open").answer(world.session);
    expect(world.session.erasuresRequested).toBe(1);
    expect(world.session.calls.all).toEqual([]);
  });

  it("between two attempts to open: the portal is not asked again", async () => {
    const world = new World();
    await world.start();
    await world.calls.waiting("load").answer(world.factory);
    await world.calls.waiting("open").fail(new Unavailable());
    world.conversation.vanish();
    await settled();
    expect(world.calls.pending("open")).toEqual([]);
  });

  it("during the opening: a question that comes late is not shown", async () => {
    const world = new World();
    await world.start();
    await world.calls.waiting("load").answer(world.factory);
    world.conversation.vanish();
    const shown = world.states.length;
    await world.calls.waiting("open").fail(new CommuneNeeded(COMMUNES));
    expect(world.states).toHaveLength(shown);
    expect(world.state).toEqual(INITIAL_STATE);
  });

  it("during the upload of keys: keys are dropped, and the device is never announced", async () => {
    const world = new World();
    await world.start();
    await world.calls.waiting("load").answer(world.factory);
    await world.calls.waiting("open").answer(world.session);
    world.conversation.vanish();
    expect(world.cryptography.destroyed).toBe(true);
    await world.session.calls.waiting("uploadKeys").answer("{}");
    expect(world.session.calls.pending("ready")).toHaveLength(0);
    expect(world.session.erasuresRequested).toBe(1);
  });

  it("asks for the erasure before the keys are dropped, whatever fails of the two", async () => {
    const world = await new World().reachConnected();
    world.cryptography.destroy = () => {
      expect(world.session.erasuresRequested).toBe(1);
      throw new Error("no memory");
    };
    world.conversation.vanish();
    expect(world.session.erasuresRequested).toBe(1);
    const another = await new World().reachConnected();
    another.session.requestErasure = () => {
      throw new Error("no beacon");
    };
    expect(() => another.conversation.vanish()).toThrow("no beacon");
    expect(another.cryptography.destroyed).toBe(true);
    expect(another.state).toEqual(INITIAL_STATE);
  });

  it("during a send: synchronous, once for six presses, and nothing is shown or sent afterwards", async () => {
    const world = await new World().reachConnected();
    world.conversation.write("one");
    world.conversation.write("two");
    await settled();
    const shown = world.states.length;
    for (let press = 0; press < 6; press += 1) {
      world.conversation.vanish();
    }
    expect(world.cryptography.destroyed).toBe(true);
    expect(world.session.erasuresRequested).toBe(1);
    await world.session.calls.waiting("send").answer("$late");
    await world.sync();
    expect(world.states).toHaveLength(shown);
    expect(world.state.timeline).toEqual([]);
    expect(world.sent).toHaveLength(1);
    expect(world.session.calls.pending("sync")).toHaveLength(0);
  });
});
