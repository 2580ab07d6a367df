import { describe, expect, it } from "vitest";
import { placeIn } from "../src/conversation/place";
import { claim, encryption, GUEST, joined, left, unclaimed } from "./room-events";
import { settled, World } from "./world";

const AGENT = "@agent:test";

function told(content: unknown, sender = GUEST.warden, type = "org.veilleuse.place") {
  return { type, sender, content: content as null };
}

describe("the place in the queue", () => {
  it("is the last that the warden has told", async () => {
    const world = await new World().reachWaiting();
    await world.sync(encryption());
    await world.syncWith({ toDevice: [told({ place: 3, minutes: 20 }), told({ place: 2, minutes: 10 })] });
    expect(world.state.place).toEqual({ place: 2, minutes: 10 });
    await world.syncWith({ toDevice: [told({ place: 1, minutes: null })] });
    expect(world.state.place).toEqual({ place: 1, minutes: null });
  });

  it.each([
    told({ place: 1, minutes: 1 }, AGENT),
    told({ place: 1, minutes: 1 }, GUEST.userId),
    told({ place: 1, minutes: 1 }, GUEST.warden, "m.room.encrypted"),
    told({ place: 0, minutes: 1 }),
    told({ place: -1, minutes: 1 }),
    told({ place: 1.5, minutes: 1 }),
    told({ place: "1", minutes: 1 }),
    told(null),
    told(undefined),
    { type: "org.veilleuse.place", sender: GUEST.warden },
  ])("is not %j", (message) => {
    expect(placeIn([message], GUEST)).toBeNull();
  });

  it.each([-1, 0.5, "10", 1e9, null])("has no estimate with %j minutes", (minutes) => {
    expect(placeIn([told({ place: 2, minutes })], GUEST)).toEqual({ place: 2, minutes: null });
  });

  it("is forgotten when somebody comes", async () => {
    const world = await new World().reachConnected(AGENT);
    await world.syncWith({ toDevice: [told({ place: 2, minutes: 10 })] });
    expect(world.state.place).toBeNull();
    await world.sync(left(AGENT), unclaimed());
    await world.syncWith({ toDevice: [told({ place: 1, minutes: 5 })] });
    await world.sync(joined(AGENT), claim(AGENT));
    expect(world.state.place).toBeNull();
  });
});

describe("the guest's writing", () => {
  it("is not shown to the agent unless the guest wants that", async () => {
    const world = await new World().reachConnected(AGENT);
    world.conversation.writing(true);
    world.conversation.write("one");
    await settled();
    expect(world.session.calls.pending("typing")).toEqual([]);
  });

  it("is told at most every twenty seconds, and taken back at once", async () => {
    const world = await new World().reachConnected(AGENT);
    world.conversation.showTyping(true);
    world.conversation.writing(true);
    world.conversation.writing(true);
    world.clock.time += 20_000;
    world.conversation.writing(true);
    world.conversation.write("one");
    world.conversation.writing(true);
    world.conversation.showTyping(false);
    world.conversation.writing(true);
    await settled();
    const told = world.session.calls.all.filter(({ name }) => name === "typing").map(({ args }) => args[0]);
    expect(told).toEqual([true, true, false, true, false]);
  });
});

describe("a message taken back", () => {
  it("is gone once the homeserver has removed it, and not before", async () => {
    const world = await new World().reachConnected(AGENT);
    world.conversation.write("regretted");
    await settled();
    world.conversation.remove("t1");
    expect(world.session.calls.pending("remove")).toEqual([]);
    await world.session.calls.waiting("send").answer("$own");
    world.conversation.remove("t1");
    world.conversation.remove("t1");
    const call = world.session.calls.waiting("remove");
    expect(call.args[0]).toBe("$own");
    expect(world.state.timeline.at(-1)).toMatchObject({ removing: true });
    await call.answer();
    expect(world.screen).toEqual(["[agent-joined]"]);
  });
});
