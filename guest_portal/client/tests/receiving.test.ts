import { describe, expect, it } from "vitest";
import type { ConversationEvent } from "../src/conversation/events";
import { Inbox } from "../src/conversation/inbox";
import type { Decryption } from "../src/conversation/ports";
import { claim, edit, GUEST, joined, left, message, redaction } from "./room-events";
import { World } from "./world";

const AGENT = "@agent:test";
const OTHER = "@other:test";

async function connected(): Promise<World> {
  return new World().reachConnected(AGENT);
}

describe("receiving", () => {
  it("shows the agent's messages in the order they came", async () => {
    const world = await connected();
    await world.sync(message(AGENT, "one"), message(AGENT, "two"));
    expect(world.screen).toEqual(["[agent-joined]", "one", "two"]);
  });

  it("shows an event once though it is delivered twice", async () => {
    const world = await connected();
    const event = message(AGENT, "one");
    await world.sync(event);
    await world.sync(event);
    expect(world.screen).toEqual(["[agent-joined]", "one"]);
  });

  it("does not show a ciphertext again in another event", async () => {
    const world = await connected();
    await world.sync(message(AGENT, "yes"), message(AGENT, "no"), message(AGENT, "yes"));
    expect(world.screen).toEqual(["[agent-joined]", "yes", "no"]);
  });

  it("shows nothing from anybody who was never named, nor anything in clear", async () => {
    const world = await connected();
    const clear = message(AGENT, "clear", { type: "m.room.message" });
    await world.sync(joined(OTHER), message(OTHER, "intruder"), message(GUEST.warden, "warden"), clear);
    expect(world.screen).toEqual(["[agent-joined]"]);
  });

  it("shows nothing that is not what it says it is", async () => {
    const world = await connected();
    const forged = message(AGENT, "forged");
    world.cryptography.rejected.add(forged.eventId);
    await world.sync(forged);
    expect(world.state.timeline.map((entry) => entry.kind)).toEqual(["notice"]);
  });

  it("keeps the place of a message whose key comes later", async () => {
    const world = await connected();
    const sealed = message(AGENT, "first");
    world.cryptography.locked.add(sealed.eventId);
    await world.sync(sealed, message(AGENT, "second"));
    expect(world.screen).toEqual(["[agent-joined]", "second"]);
    world.cryptography.locked.clear();
    await world.syncWith({ toDevice: [{ type: "m.room.encrypted" }] });
    expect(world.screen).toEqual(["[agent-joined]", "first", "second"]);
  });

  it("does not bring back what was redacted before its key came", async () => {
    const world = await connected();
    const sealed = message(AGENT, "regretted");
    world.cryptography.locked.add(sealed.eventId);
    await world.sync(sealed, redaction(sealed.eventId));
    world.cryptography.locked.clear();
    await world.syncWith({ toDevice: [{ type: "m.room.encrypted" }] });
    expect(world.screen).toEqual(["[agent-joined]"]);
  });

  it("does not show what was redacted while it was being opened", async () => {
    const answers: ((decryption: Decryption) => void)[] = [];
    const cryptography = { decrypt: () => new Promise<Decryption>((resolve) => answers.push(resolve)) };
    const emitted: ConversationEvent[] = [];
    const inbox = new Inbox(
      cryptography,
      (event) => emitted.push(event),
      () => null,
    );
    const event = message(AGENT, "regretted");
    const taking = inbox.take(event);
    inbox.remove(event.eventId);
    answers[0]?.({
      outcome: "opened",
      type: "m.room.message",
      content: { msgtype: "m.text", body: "x" },
      fingerprint: "",
    });
    await taking;
    expect(emitted.map(({ type }) => type)).toEqual(["message-removed"]);
  });

  it("does not bring back what was redacted when it is delivered again", async () => {
    const world = await connected();
    const event = message(AGENT, "regretted");
    await world.sync(event, redaction(event.eventId));
    await world.sync(event);
    expect(world.screen).toEqual(["[agent-joined]"]);
  });

  it("removes what the warden redacts, and not what a stranger would", async () => {
    const world = await connected();
    const [one, two] = [message(AGENT, "one"), message(AGENT, "two")];
    await world.sync(one, two, redaction(one.eventId), redaction(two.eventId, OTHER));
    expect(world.screen).toEqual(["[agent-joined]", "two"]);
  });

  it("shows an edit in place, of the same author only", async () => {
    const world = await connected();
    const original = message(AGENT, "wrong");
    await world.sync(original, message(AGENT, "next"), edit(AGENT, original.eventId, "right"));
    expect(world.screen).toEqual(["[agent-joined]", "right", "next"]);
    await world.sync(left(AGENT), joined(OTHER), claim(OTHER), edit(OTHER, original.eventId, "twisted"));
    expect(world.screen.slice(0, 2)).toEqual(["[agent-joined]", "right"]);
  });

  it("applies an edit that can be read before the message it edits", async () => {
    const world = await connected();
    const original = message(AGENT, "wrong");
    world.cryptography.locked.add(original.eventId);
    await world.sync(original, edit(AGENT, original.eventId, "right"));
    world.cryptography.locked.clear();
    await world.syncWith({ toDevice: [{ type: "m.room.encrypted" }] });
    expect(world.screen).toEqual(["[agent-joined]", "right"]);
  });

  it("says that a document came, without showing it", async () => {
    const world = await connected();
    const opened = { msgtype: "m.image", body: "photo.jpg", url: "mxc://x/y" };
    await world.sync(message(AGENT, "", { content: { ciphertext: "image", opened } }));
    expect(world.screen).toEqual(["[agent-joined]", "[not-text]"]);
  });

  it("says that messages are missing after a gap", async () => {
    const world = await connected();
    await world.syncWith({ limited: true }, message(AGENT, "after"));
    expect(world.screen).toEqual(["[agent-joined]", "[messages-missing]", "after"]);
  });

  it("shows that the agent is writing, and nobody else", async () => {
    const world = await connected();
    await world.syncWith({ typing: [OTHER, GUEST.userId] });
    expect(world.state.agentTyping).toBe(false);
    await world.syncWith({ typing: [AGENT] });
    expect(world.state.agentTyping).toBe(true);
    await world.sync(message(AGENT, "done"));
    expect(world.state.agentTyping).toBe(false);
  });

  it("stays whole with ten thousand messages", async () => {
    const world = await connected();
    const many = Array.from({ length: 10_000 }, (_, number) => message(AGENT, `message ${number}`));
    await world.sync(...many);
    expect(world.state.timeline).toHaveLength(10_001);
    expect(world.state.timeline.at(-1)).toMatchObject({ text: "message 9999" });
  }, 60_000);

  it("shows markup as it was written, and cuts what would not end, and knows that it did", async () => {
    const world = await connected();
    await world.sync(message(AGENT, "<img src=x onerror=alert(1)>"), message(AGENT, "y".repeat(65_536)));
    const received = world.state.timeline.flatMap((entry) => (entry.kind === "received" ? [entry] : []));
    expect(received.map(({ text, cut }) => [text, cut])).toEqual([
      ["<img src=x onerror=alert(1)>", false],
      ["y".repeat(20_000), true],
    ]);
  });

  it("shows whom the warden names, and neither a Matrix id, nor what others call themselves", async () => {
    const world = await connected();
    const name = () => world.state.audience?.agent.name;
    await world.sync(joined(AGENT, "Commissaire Maigret"));
    expect(name()).toBe("Camille");
    await world.sync(claim(AGENT, "@agent:test"));
    expect(name()).toBeNull();
    await world.sync(claim(AGENT, "\u202eAgent\u200b 27 "));
    expect(name()).toBe("Agent 27");
    await world.sync(claim(AGENT, "Mallory", {}, AGENT));
    expect(name()).toBe("Agent 27");
  });
});
