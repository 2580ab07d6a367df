/**
 * Many guests in one process: all that the page is but its document, with the same encryption, through a real portal.
 * Driven through standard input and output, one JSON object a line, as the tests' agents are:
 *
 *   in:   {"id": 1, "call": "write", "with": {"guest": "g1", "text": "…"}}
 *   out:  {"id": 1, "result": null}   or   {"id": 1, "error": {"code": "…", "message": "…"}}
 *         {"event": "guest", "guest": "g1", …}   whenever that guest's page would show something else
 *
 * The first argument is the portal's address. The process ends with its input.
 */
import { createInterface } from "node:readline";
import { initAsync } from "@matrix-org/matrix-sdk-crypto-wasm";
import { HttpPortal } from "../../src/api/portal";
import { Proofs } from "../../src/api/proofs";
import { Conversation } from "../../src/conversation/conversation";
import type { Application, GuestIdentity, Portal, PortalSession } from "../../src/conversation/ports";
import type { ConversationState } from "../../src/conversation/state";
import { cryptographyFactory } from "../../src/crypto/cryptography";
import { solve } from "../../src/proof/solve";
import { systemClock, systemRandomness } from "../../src/system";

const address = process.argv[2] ?? "";
const ofTheBrowser = globalThis.fetch;
// The page's addresses are relative to its own.
globalThis.fetch = (resource, options) => ofTheBrowser(new URL(String(resource), address), options);

const tell = (line: object) => process.stdout.write(`${JSON.stringify(line)}\n`);

class Guest {
  readonly conversation: Conversation;
  #identity: GuestIdentity | null = null;
  /** Messages that arrived before they could be read, if only for a moment. */
  readonly #sealedAtFirst = new Set<string>();

  constructor(readonly name: string) {
    const portal: Portal = { open: (application) => this.#open(application) };
    this.conversation = new Conversation(
      { portal, cryptography, clock: systemClock, randomness: systemRandomness },
      (state) => this.#show(state),
    );
  }

  async #open(application: Application): Promise<PortalSession> {
    const session = await new HttpPortal(new Proofs({ solve })).open(application);
    this.#identity = session.guest;
    return session;
  }

  #show(state: ConversationState): void {
    for (const entry of state.timeline) {
      if (entry.kind === "sealed") {
        this.#sealedAtFirst.add(entry.key);
      }
    }
    tell({
      event: "guest",
      guest: this.name,
      phase: state.phase,
      reference: state.reference,
      room: this.#identity?.roomId ?? null,
      user: this.#identity?.userId ?? null,
      agent: state.audience?.agent.id ?? null,
      listeners: state.audience?.listeners.length ?? 0,
      is_asked: state.passingOn?.stage === "asked",
      own: state.timeline.flatMap((entry) => (entry.kind === "own" ? [[entry.text, entry.delivery]] : [])),
      received: state.timeline.flatMap((entry) => (entry.kind === "received" ? [entry.text] : [])),
      notices: state.timeline.flatMap((entry) => (entry.kind === "notice" ? [entry.notice] : [])),
      sealed: state.timeline.filter((entry) => entry.kind === "sealed").length,
      sealed_at_first: this.#sealedAtFirst.size,
    });
  }
}

// In Node the package knows where its module is.
const factory = initAsync().then(() => cryptographyFactory);
const cryptography = { load: () => factory };
const guests = new Map<string, Guest>();

type Parameters = {
  readonly guest: string;
  readonly text: string;
  readonly accepted: boolean;
  readonly application: Application;
};

function known(name: string): Conversation {
  const guest = guests.get(name);
  if (guest === undefined) {
    throw new Error(`there is no guest ${name}`);
  }
  return guest.conversation;
}

const CALLS: Record<string, (parameters: Parameters) => unknown> = {
  // Goes on for as long as the conversation does.
  open: ({ guest, application }) => {
    const opened = new Guest(guest);
    guests.set(guest, opened);
    void opened.conversation.start(application);
  },
  write: ({ guest, text }) => known(guest).write(text),
  pass_on: ({ guest, accepted }) => known(guest).passOn(accepted),
  end: ({ guest }) => known(guest).end(),
};

async function answer(line: string): Promise<void> {
  const { id, call, with: parameters } = JSON.parse(line) as { id: number; call: string; with: Parameters };
  try {
    const result = await CALLS[call]?.(parameters);
    tell({ id, result: result ?? null });
  } catch (error) {
    const { name, message } = error as Error;
    tell({ id, error: { code: name, message } });
  }
}

createInterface({ input: process.stdin })
  .on("line", (line) => void answer(line))
  .on("close", () => process.exit(0));
