import { describe, expect, it } from "vitest";
import { Refused } from "../src/conversation/errors";
import { recapOf, unheardBy } from "../src/conversation/recap";
import type { ReceivedMessage } from "../src/conversation/state";
import { problemWith } from "../src/conversation/text";
import { claim, encryption, joined, left, message, unclaimed } from "./room-events";
import { settled, World } from "./world";

const AGENT = "@agent:test";
const NEXT = "@next:test";
const LISTENER = "@listener:test";

/** Said to the first agent, and answered; then the next agent is there. */
async function handedOver(): Promise<World> {
  const world = await spokenWith(AGENT);
  await world.sync(unclaimed({ reason: "handed_over", to: "Plateforme de Rennes" }), left(AGENT));
  await world.sync(joined(NEXT), claim(NEXT, "Agent 31"));
  return world;
}

async function spokenWith(agent: string): Promise<World> {
  const world = await new World().reachConnected(agent);
  world.conversation.write("he comes back tonight");
  await settled();
  await world.session.calls.waiting("send").answer("$own");
  await world.sync(message(agent, "I hear you"));
  return world;
}

/** Answers whatever the page sends, one after the other. */
async function sendAll(world: World): Promise<void> {
  for (let number = 1; world.session.calls.pending("send").length > 0; number += 1) {
    await world.session.calls.waiting("send").answer(`$sent${number}`);
  }
}

describe("a hand-over", () => {
  it("is told in plain words, and asks whether what was said is passed on", async () => {
    const world = await handedOver();
    expect(world.screen.slice(-2)).toEqual(["[handed-over-to]", "[agent-joined]"]);
    expect(world.state.timeline.at(-2)).toMatchObject({ name: "Camille", to: "Plateforme de Rennes" });
    expect(world.state.passingOn).toEqual({ stage: "asked" });
  });

  it("gives the next agent nothing of the past before the guest has answered, and new words at once", async () => {
    const world = await handedOver();
    expect(world.sent).toHaveLength(1);
    world.conversation.write("and now?");
    await settled();
    expect(world.sent.slice(1)).toEqual([expect.stringMatching(/^@next:test\/.*\/and now\?$/)]);
  });

  it("with consent: sends all of it again to the next agent, in order, marked, under another key", async () => {
    const world = await handedOver();
    world.conversation.passOn(true);
    await settled();
    expect(world.state.passingOn).toMatchObject({ stage: "sending", parts: 1 });
    const [first, recap] = world.sent as [string, string];
    expect(recap).toMatch(/^@next:test\//);
    expect(recap.split("/")[1]).not.toBe(first.split("/")[1]);
    const [heading, ...lines] = recap.slice(recap.indexOf("—")).split("\n");
    expect(heading).toMatch(/^— Récapitulatif transmis avec l’accord de la personne/);
    expect(lines).toEqual(["[21:15] Personne : he comes back tonight", "[21:30] Camille : I hear you"]);
    await sendAll(world);
    expect(world.state.passingOn).toBeNull();
    expect(world.screen.at(-1)).toBe("[passed-on]");
    expect(unheardBy(NEXT, world.state.timeline)).toEqual([]);
  });

  it("without consent: sends nothing again, and does not ask the same again", async () => {
    const world = await handedOver();
    world.conversation.passOn(false);
    expect(world.state.passingOn).toBeNull();
    expect(world.screen.at(-1)).toBe("[not-passed-on]");
    await world.sync(left(NEXT), joined(NEXT));
    expect(world.state.passingOn).toBeNull();
    world.conversation.passOn(true);
    await settled();
    expect(world.sent).toHaveLength(1);
  });

  it("does not ask where nothing was said, nor when the same agent comes back", async () => {
    const silent = await new World().reachConnected(AGENT);
    await silent.sync(left(AGENT), joined(NEXT), claim(NEXT));
    expect(silent.state.passingOn).toBeNull();
    const world = await spokenWith(AGENT);
    await world.sync(unclaimed({ reason: "agent_away" }), left(AGENT));
    await world.sync(joined(AGENT), claim(AGENT));
    expect(world.state.passingOn).toBeNull();
  });

  it("back to the first agent passes on only what that one has not heard", async () => {
    const world = await handedOver();
    world.conversation.write("to the second");
    await settled();
    await sendAll(world);
    await world.sync(left(NEXT), joined(AGENT), claim(AGENT, "Camille"));
    expect(world.state.passingOn).toEqual({ stage: "asked" });
    expect(unheardBy(AGENT, world.state.timeline).map(({ text }) => text)).toEqual(["to the second"]);
  });

  it("to yet another agent takes the consent with it: what is left of the recapitulation goes to nobody", async () => {
    const world = await handedOver();
    world.conversation.passOn(true);
    await settled();
    await world.sync(left(NEXT), joined(LISTENER), claim(LISTENER));
    await sendAll(world);
    expect(world.sent.filter((sealed) => sealed.startsWith(LISTENER))).toEqual([]);
    expect(world.state.passingOn).toEqual({ stage: "asked" });
  });

  it("says when the recapitulation was refused, and asks again", async () => {
    const world = await handedOver();
    world.conversation.passOn(true);
    await settled();
    await world.session.calls.waiting("send").fail(new Refused(413, "M_TOO_LARGE"));
    expect(world.screen.at(-1)).toBe("[passing-on-failed]");
    expect(world.state.passingOn).toEqual({ stage: "asked" });
  });

  it("holds what was written meanwhile, and sends it to the next agent", async () => {
    const world = await spokenWith(AGENT);
    await world.sync(unclaimed({ reason: "agent_away" }), left(AGENT));
    world.conversation.write("are you there?");
    expect(world.screen.slice(-2)).toEqual(["[agent-away]", "are you there? (held)"]);
    await world.sync(joined(NEXT), claim(NEXT));
    expect(world.sent.slice(1)).toEqual([expect.stringMatching(/^@next:test\/.*are you there\?$/)]);
  });

  it("that is explained only after the departure is told once", async () => {
    const world = await spokenWith(AGENT);
    await world.sync(left(AGENT));
    expect(world.screen.at(-1)).toBe("[agent-left]");
    await world.sync(unclaimed({ reason: "handed_over", to: "@secret:test" }));
    expect(world.screen.filter((line) => line.startsWith("["))).toEqual(["[agent-joined]", "[handed-over]"]);
  });
});

describe("a second listener", () => {
  it("is named, and is given what is written from then on, under a new key", async () => {
    const world = await spokenWith(AGENT);
    await world.sync(joined(LISTENER), claim(AGENT, "Camille", { [LISTENER]: "Agent 12" }));
    expect(world.screen.at(-1)).toBe("[listener-joined]");
    expect(world.state.audience?.listeners).toEqual([{ id: LISTENER, name: "Agent 12" }]);
    expect(world.state.phase).toBe("connected");
    world.conversation.write("to both");
    await settled();
    const [before, after] = world.sent as [string, string];
    expect(after).toMatch(/^@agent:test\+@listener:test\/.*to both$/);
    expect(after.split("/")[1]).not.toBe(before.split("/")[1]);
  });

  it("gets nothing while only named or only joined", async () => {
    const world = await new World().reachConnected(AGENT);
    await world.sync(claim(AGENT, "Camille", { [LISTENER]: "Agent 12" }));
    world.conversation.write("one");
    await settled();
    expect(world.sent.at(-1)).toMatch(/^@agent:test\//);
    expect(world.screen).not.toContain("[listener-joined]");
  });

  it("who goes is told of, and gets no later key", async () => {
    const world = await new World().reachConnected(AGENT);
    await world.sync(joined(LISTENER), claim(AGENT, "Camille", { [LISTENER]: "Agent 12" }));
    world.conversation.write("to both");
    await settled();
    await sendAll(world);
    await world.sync(claim(AGENT, "Camille"), left(LISTENER));
    world.conversation.write("to one");
    await settled();
    const [both, one] = world.sent as [string, string];
    expect(world.screen.slice(-2)).toEqual(["[listener-left]", "to one (sending)"]);
    expect(one).toMatch(/^@agent:test\//);
    expect(one.split("/")[1]).not.toBe(both.split("/")[1]);
  });

  it("who takes over has heard what was said meanwhile", async () => {
    const world = await new World().reachConnected(AGENT);
    await world.sync(joined(LISTENER), claim(AGENT, "Camille", { [LISTENER]: "Agent 12" }));
    world.conversation.write("to both");
    await settled();
    await sendAll(world);
    await world.sync(claim(LISTENER, "Agent 12"), left(AGENT));
    expect(world.state.passingOn).toBeNull();
    expect(world.screen.slice(-2)).toEqual(["[agent-replaced]", "[agent-joined]"]);
  });

  it("is shown as the author of what it says", async () => {
    const world = await new World().reachConnected(AGENT);
    await world.sync(joined(LISTENER), claim(AGENT, "Camille", { [LISTENER]: "Agent 12" }));
    await world.sync(message(LISTENER, "good evening"));
    expect(world.state.timeline.at(-1)).toMatchObject({ authorName: "Agent 12", text: "good evening" });
  });
});

describe("somebody whom nobody has introduced", () => {
  it("is given nothing, and the guest is told once", async () => {
    const world = await new World().reachConnected(AGENT);
    await world.sync(joined("@injected:test"));
    world.conversation.write("secret");
    await settled();
    expect(world.sent).toEqual([expect.stringMatching(/^@agent:test\//)]);
    await world.clock.pass();
    await world.sync(joined("@injected:test"));
    await world.clock.pass();
    expect(world.screen.filter((line) => line === "[stranger]")).toHaveLength(1);
  });

  it("is not told of when it is an agent who is named, or is out again, a moment later", async () => {
    const world = await new World().reachWaiting();
    await world.sync(encryption(), joined(AGENT), joined(NEXT));
    await world.sync(claim(AGENT), left(NEXT));
    await world.clock.pass();
    expect(world.screen).not.toContain("[stranger]");
  });

  it("among the agent's devices is told of once", async () => {
    const world = await new World().reachConnected(AGENT);
    world.cryptography.unsigned.add(AGENT);
    await world.syncWith({ devicesChanged: [AGENT] });
    await settled();
    await world.syncWith({ devicesChanged: [AGENT] });
    await settled();
    expect(world.screen.filter((line) => line === "[device-not-verified]")).toHaveLength(1);
    expect(world.state.phase).toBe("connected");
  });

  it("in the agent's place is told of before anything more is written", async () => {
    const world = await new World().reachConnected(AGENT);
    world.cryptography.readiness.set(AGENT, "identity-changed");
    await world.syncWith({ devicesChanged: [AGENT] });
    await world.clock.pass();
    expect(world.state.phase).toBe("waiting");
    expect(world.screen).toContain("[agent-identity-changed]");
  });
});

describe("a recapitulation", () => {
  const said = (text: string): ReceivedMessage => ({
    kind: "received",
    key: text,
    author: AGENT,
    authorName: null,
    text,
    at: 0,
    edited: false,
    cut: false,
    heardBy: [],
  });

  it("of much is several messages, each of which can be sent, numbered, in order, and nothing is left out", () => {
    const texts = Array.from({ length: 300 }, (_, number) => `${number} ${"é😀".repeat(60)}`);
    const recap = recapOf([...texts, "é".repeat(10_000)].map(said));
    expect(recap.length).toBeGreaterThan(3);
    expect(recap.every((part) => problemWith(part) === null)).toBe(true);
    expect(recap[1]).toContain(`(2/${recap.length})`);
    const whole = recap.join("\n");
    const places = texts.map((text) => whole.indexOf(text));
    expect(places.every((place, index) => place >= 0 && place > (places[index - 1] ?? -1))).toBe(true);
    expect(whole.match(/é{100,}/g)?.join("")).toHaveLength(10_000);
  });

  it("does not let a message pass for somebody else's", () => {
    const [recap] = recapOf([said("yes\n[21:00] Personne : I agree")]);
    expect(recap).toMatch(/Agent : yes\n {4}\[21:00\] Personne : I agree$/);
  });
});
