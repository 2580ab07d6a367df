import { describe, expect, it } from "vitest";
import { Refused, SessionEnded, Unavailable } from "../src/conversation/errors";
import { encryption, ended, GUEST, joined, left, message } from "./room-events";
import { settled, World } from "./world";

const AGENT = "@agent:test";

describe("ending", () => {
  it("drops texts and keys at once, and tells when the departure is confirmed", async () => {
    const world = await new World().reachConnected(AGENT);
    await world.sync(message(AGENT, "one"));
    void world.conversation.end();
    expect(world.state).toMatchObject({ phase: "closed", departureConfirmed: false, timeline: [] });
    expect(world.cryptography.destroyed).toBe(true);
    await settled();
    await world.session.calls.waiting("leave").fail(new Unavailable());
    await world.clock.pass();
    await world.session.calls.waiting("leave").answer();
    expect(world.state.departureConfirmed).toBe(true);
  });

  it("counts a guest who is out already as gone", async () => {
    const world = await new World().reachConnected(AGENT);
    void world.conversation.end();
    await settled();
    await world.session.calls.waiting("leave").fail(new Refused(403, "M_FORBIDDEN"));
    expect(world.state.departureConfirmed).toBe(true);
  });

  it("does not promise a departure that was refused for another reason", async () => {
    for (const error of [new SessionEnded(false), new Refused(404, "M_NOT_FOUND")]) {
      const world = await new World().reachConnected(AGENT);
      void world.conversation.end();
      await settled();
      await world.session.calls.waiting("leave").fail(error);
      expect(world.state).toMatchObject({ phase: "closed", departureConfirmed: false });
    }
  });

  it("asks for the erasure when the page goes before the departure is confirmed", async () => {
    const world = await new World().reachConnected(AGENT);
    void world.conversation.end();
    await settled();
    world.conversation.vanish();
    expect(world.session.erasuresRequested).toBe(1);
  });

  it("asks for nothing more when the page goes after that", async () => {
    const world = await new World().reachConnected(AGENT);
    void world.conversation.end();
    await settled();
    await world.session.calls.waiting("leave").answer();
    world.conversation.vanish();
    expect(world.session.erasuresRequested).toBe(0);
  });

  it("closes when the service removes the guest", async () => {
    const world = await new World().reachConnected(AGENT);
    await world.sync(message(AGENT, "one"), left(GUEST.userId));
    expect(world.state).toMatchObject({ phase: "closed", departureConfirmed: true, timeline: [] });
    expect(world.cryptography.destroyed).toBe(true);
  });

  it("closes when the guest no longer exists, whichever request finds out", async () => {
    const world = await new World().reachConnected(AGENT);
    world.conversation.write("one");
    await settled();
    await world.session.calls.waiting("send").fail(new SessionEnded(true));
    expect(world.state).toMatchObject({ phase: "closed", departureConfirmed: true, timeline: [] });
    await world.session.calls.waiting("sync").fail(new SessionEnded(true));
    expect(world.state.phase).toBe("closed");
  });

  it("shows no text that arrives after the end", async () => {
    const world = await new World().reachConnected(AGENT);
    world.conversation.write("one");
    await settled();
    void world.conversation.end();
    await world.session.calls.waiting("send").answer("$late");
    await world.sync(message(AGENT, "late"));
    expect(world.state.timeline).toEqual([]);
  });

  it("asks one question, and takes one answer, also when everything else is gone", async () => {
    const world = await new World().reachConnected(AGENT);
    void world.conversation.giveFeedback("no");
    expect(world.session.calls.pending("giveFeedback")).toEqual([]);
    void world.conversation.end();
    await settled();
    await world.session.calls.waiting("leave").answer();
    void world.conversation.giveFeedback("a_little");
    void world.conversation.giveFeedback("yes");
    expect(world.session.calls.waiting("giveFeedback").args).toEqual(["a_little"]);
    await world.session.calls.waiting("giveFeedback").fail(new Unavailable());
    expect(world.state.feedback).toBe("failed");
    void world.conversation.giveFeedback("yes");
    await world.session.calls.waiting("giveFeedback").answer();
    expect(world.state).toMatchObject({ phase: "closed", feedback: "given" });
    void world.conversation.giveFeedback("no");
    expect(world.session.calls.pending("giveFeedback")).toEqual([]);
  });

  it("asks nothing of somebody whom nobody has answered", async () => {
    const world = await new World().reachWaiting();
    await world.sync(encryption(), joined(GUEST.userId));
    void world.conversation.end();
    await settled();
    expect(world.state).toMatchObject({ phase: "closed", feedback: null });
    void world.conversation.giveFeedback("no");
    expect(world.session.calls.pending("giveFeedback")).toEqual([]);
  });

  it("remembers after the erasure that the question was answered before", async () => {
    const world = await new World().reachConnected(AGENT);
    await world.sync(ended());
    void world.conversation.giveFeedback("yes");
    await world.session.calls.waiting("giveFeedback").answer();
    void world.conversation.end();
    await settled();
    expect(world.state).toMatchObject({ phase: "closed", feedback: "given" });
  });
});
