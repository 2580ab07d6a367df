import { describe, expect, it } from "vitest";
import { Refused, Unavailable } from "../src/conversation/errors";
import { parseProposal } from "../src/conversation/orientation";
import { answered, ended, message, proposal, STATION } from "./room-events";
import { settled, World } from "./world";

const AGENT = "@agent:test";

async function proposed(): Promise<World> {
  const world = await new World().reachConnected(AGENT);
  await world.sync(proposal("p1"));
  return world;
}

function stageOf(world: World, id = "p1"): unknown {
  return world.state.timeline.find((entry) => entry.kind === "proposal" && entry.proposal.id === id);
}

describe("a proposal", () => {
  it("is shown where it came in the conversation", async () => {
    const world = await proposed();
    await world.sync(message(AGENT, "take your time"));
    expect(world.screen).toEqual(["[agent-joined]", "[Brigade de Rambouillet: open]", "take your time"]);
  });

  it("of anybody but the warden does nothing", async () => {
    const world = await new World().reachConnected(AGENT);
    await world.sync(proposal("p1", STATION, AGENT), proposal("p2", STATION, "@stranger:test"));
    expect(world.screen).toEqual(["[agent-joined]"]);
  });

  it("can be withdrawn, and then not be answered", async () => {
    const world = await proposed();
    await world.sync(proposal("p1", {}, AGENT));
    expect(stageOf(world)).toMatchObject({ stage: "open" });
    await world.sync(proposal("p1", {}));
    world.conversation.answer("p1", true, null);
    expect(stageOf(world)).toMatchObject({ stage: "withdrawn" });
    expect(world.session.calls.pending("answer")).toHaveLength(0);
  });

  it("is accepted with a wish, once, however often the button is pressed", async () => {
    const world = await proposed();
    world.conversation.answer("p1", true, "morning");
    world.conversation.answer("p1", true, "evening");
    await settled();
    expect(stageOf(world)).toMatchObject({ stage: "answering" });
    const call = world.session.calls.waiting("answer");
    expect(call.args).toEqual([{ proposal: "p1", accepted: true, wish: "morning" }]);
    await call.answer();
    expect(stageOf(world)).toMatchObject({ stage: "accepted", wish: "morning" });
  });

  it("is declined without a wish", async () => {
    const world = await proposed();
    world.conversation.answer("p1", false, "morning");
    await settled();
    const call = world.session.calls.waiting("answer");
    expect(call.args).toEqual([{ proposal: "p1", accepted: false, wish: null }]);
    await call.answer();
    expect(stageOf(world)).toMatchObject({ stage: "declined", wish: null });
  });

  it("is answered again until there is an answer, one proposal after the other", async () => {
    const world = await proposed();
    await world.sync(proposal("p2"));
    world.conversation.answer("p1", true, null);
    world.conversation.answer("p2", false, null);
    await settled();
    await world.session.calls.waiting("answer").fail(new Unavailable());
    expect(world.state.reconnecting).toBe(true);
    await world.clock.pass();
    await world.session.calls.waiting("answer").answer();
    await world.session.calls.waiting("answer").answer();
    const asked = world.session.calls.all.filter(({ name }) => name === "answer").map(({ args }) => args[0]);
    expect(asked).toMatchObject([{ proposal: "p1" }, { proposal: "p1" }, { proposal: "p2" }]);
    expect([stageOf(world), stageOf(world, "p2")]).toMatchObject([{ stage: "accepted" }, { stage: "declined" }]);
  });

  it("counts as answered when the room shows the answer, of the guest alone", async () => {
    const world = await proposed();
    await world.sync(answered({ proposal: "p1", accepted: true, wish: "evening" }, AGENT));
    expect(stageOf(world)).toMatchObject({ stage: "open" });
    await world.sync(answered({ proposal: "p1", accepted: true, wish: "evening" }));
    expect(stageOf(world)).toMatchObject({ stage: "accepted", wish: "evening" });
  });

  it("can be answered again after a refusal", async () => {
    const world = await proposed();
    world.conversation.answer("p1", true, null);
    await settled();
    await world.session.calls.waiting("answer").fail(new Refused(403, "M_FORBIDDEN"));
    expect(stageOf(world)).toMatchObject({ stage: "open" });
  });

  it.each([{}, { ...STATION, kind: "wedding" }, { ...STATION, name: " " }, { ...STATION, name: { fr: "Brigade" } }])(
    "is none as %j",
    (content) => {
      expect(parseProposal("p1", content)).toBeNull();
    },
  );

  it("has what is known of its particulars, cleaned", () => {
    const sparse = {
      ...STATION,
      phone: null,
      address: 7,
      hours: ["\u202elun", 3, ""],
      call_first: "yes",
      as_of: "soon",
    };
    expect(parseProposal("p1", sparse)).toMatchObject({
      phone: null,
      address: null,
      hours: ["lun"],
      callFirst: false,
      source: "Service-Public.gouv.fr / DILA",
      asOf: null,
      hasDesk: false,
    });
    expect(parseProposal("p1", STATION)).toMatchObject({ asOf: new Date("2016-02-11") });
    expect(parseProposal("not an id", STATION)).toBeNull();
  });
});

describe("the agent's end", () => {
  it("leaves what was said to be read, and sends nothing more", async () => {
    const world = await proposed();
    await world.sync(message(AGENT, "take care"), ended());
    expect(world.state).toMatchObject({ phase: "ended", audience: null });
    expect(world.screen).toContain("take care");
    world.conversation.write("wait");
    await settled();
    expect(world.sent).toEqual([]);
  });

  it("is believed of the warden alone", async () => {
    const world = await proposed();
    await world.sync(ended(AGENT), ended("@stranger:test"));
    expect(world.state.phase).toBe("connected");
  });

  it("is followed by the erasure when the guest asks for it, or the service has done it", async () => {
    const asked = await proposed();
    await asked.sync(ended());
    void asked.conversation.end();
    await settled();
    await asked.session.calls.waiting("leave").answer();
    expect(asked.state).toMatchObject({ phase: "closed", departureConfirmed: true, timeline: [] });
    const purged = await proposed();
    await purged.sync(ended());
    const gone = { membership: "leave" as const, state: [], timeline: [], limited: false, typing: null };
    await purged.syncWith({ room: gone });
    expect(purged.state).toMatchObject({ phase: "closed", departureConfirmed: true, timeline: [] });
  });
});
