import { Unavailable } from "../conversation/errors";
import type { Answer } from "../conversation/orientation";
import type {
  Application,
  GuestIdentity,
  Portal,
  PortalSession,
  SealedContent,
  SyncBatch,
  ToDeviceType,
} from "../conversation/ports";
import type { Helped } from "../conversation/state";
import { ask, type Request } from "./http";
import { parseObject, textIn } from "./parsing";
import { ProofNeeded } from "./proof-needed";
import type { Proofs } from "./proofs";
import { parseSync } from "./sync-batch";

const CLIENT = "/_matrix/client/v3";
const ANSWER_WITHIN_MS = 20_000;
const TYPING_FOR_MS = 30_000;
/** How much longer than its own waiting time a long poll may take. */
const SLACK_MS = 15_000;

/** How often an opening is asked for with more work: more often than the portal has levels of it. */
const MOST_ATTEMPTS = 8;

/** The portal of this origin. */
export class HttpPortal implements Portal {
  constructor(private readonly proofs: Pick<Proofs, "take" | "solve" | "prepare">) {}

  async open(application: Application): Promise<PortalSession> {
    let proof = await this.proofs.take();
    for (let attempt = 1; attempt <= MOST_ATTEMPTS; attempt += 1) {
      try {
        return await this.#open(application, proof);
      } catch (error) {
        if (error instanceof ProofNeeded) {
          proof = await this.proofs.solve(error.challenge);
        } else {
          this.proofs.prepare();
          throw error;
        }
      }
    }
    throw new Unavailable();
  }

  async #open(application: Application, proof: string): Promise<PortalSession> {
    const body = {
      proof,
      role: application.role,
      postal_code: application.postalCode,
      language: application.language,
      in_danger: application.inDanger,
      ...(application.commune === null ? {} : { commune: application.commune }),
    };
    const opened = parseObject(
      await ask({
        method: "POST",
        path: "/open",
        body: JSON.stringify(body),
        timeoutMs: ANSWER_WITHIN_MS,
        outlivesPage: true,
      }),
    );
    const guest = {
      userId: textIn(opened, "user_id"),
      deviceId: textIn(opened, "device_id"),
      roomId: textIn(opened, "room_id"),
      warden: textIn(opened, "warden"),
    };
    const session = textIn(opened, "session");
    return new HttpPortalSession(guest, textIn(opened, "reference"), session, textIn(opened, "ticket"));
  }
}

/**
 * A session, by the endpoints that the portal relays. Of messages it can send `m.room.encrypted` only: there is no way to
 * send clear text.
 */
class HttpPortalSession implements PortalSession {
  constructor(
    readonly guest: GuestIdentity,
    readonly reference: string,
    private readonly session: string,
    private readonly ticket: string,
  ) {}

  async ready(): Promise<void> {
    await this.#ask({ method: "POST", path: "/ready" });
  }

  async sync(since: string | null, timeoutMs: number, signal: AbortSignal): Promise<SyncBatch> {
    const query = new URLSearchParams({ timeout: String(timeoutMs), ...(since === null ? {} : { since }) });
    const answer = await this.#ask({
      method: "GET",
      path: `${CLIENT}/sync?${query}`,
      timeoutMs: timeoutMs + SLACK_MS,
      signal,
    });
    return parseSync(answer, this.guest.roomId);
  }

  async send(transactionId: string, content: SealedContent): Promise<string> {
    const path = `${this.#room}/send/m.room.encrypted/${encodeURIComponent(transactionId)}`;
    return textIn(parseObject(await this.#ask({ method: "PUT", path, body: content.sealed })), "event_id");
  }

  async answer(answer: Answer): Promise<void> {
    const path = `${this.#room}/state/org.veilleuse.answer/${encodeURIComponent(this.guest.userId)}`;
    await this.#ask({ method: "PUT", path, body: JSON.stringify(answer) });
  }

  async typing(typing: boolean): Promise<void> {
    const path = `${this.#room}/typing/${encodeURIComponent(this.guest.userId)}`;
    const body = typing ? { typing, timeout: TYPING_FOR_MS } : { typing };
    await this.#ask({ method: "PUT", path, body: JSON.stringify(body) });
  }

  async remove(eventId: string, transactionId: string): Promise<void> {
    const path = `${this.#room}/redact/${encodeURIComponent(eventId)}/${encodeURIComponent(transactionId)}`;
    await this.#ask({ method: "PUT", path, body: "{}" });
  }

  async leave(): Promise<void> {
    await this.#post(`${this.#room}/leave`, "{}");
  }

  async giveFeedback(answer: Helped): Promise<void> {
    const body = JSON.stringify({ ticket: this.ticket, answer });
    await ask({ method: "POST", path: "/feedback", body, timeoutMs: ANSWER_WITHIN_MS });
  }

  requestErasure(): void {
    if (!navigator.sendBeacon("/exit", this.session)) {
      const fallback = { method: "POST", body: this.session, keepalive: true, credentials: "omit" } as const;
      fetch("/exit", fallback).catch(() => undefined);
    }
  }

  uploadKeys(body: string): Promise<string> {
    return this.#post(`${CLIENT}/keys/upload`, body);
  }

  queryKeys(body: string): Promise<string> {
    return this.#post(`${CLIENT}/keys/query`, body);
  }

  claimKeys(body: string): Promise<string> {
    return this.#post(`${CLIENT}/keys/claim`, body);
  }

  uploadSigningKeys(body: string): Promise<string> {
    return this.#post(`${CLIENT}/keys/device_signing/upload`, body);
  }

  uploadSignatures(body: string): Promise<string> {
    return this.#post(`${CLIENT}/keys/signatures/upload`, body);
  }

  sendToDevice(type: ToDeviceType, transactionId: string, body: string): Promise<string> {
    const path = `${CLIENT}/sendToDevice/${type}/${encodeURIComponent(transactionId)}`;
    return this.#ask({ method: "PUT", path, body });
  }

  get #room(): string {
    return `${CLIENT}/rooms/${encodeURIComponent(this.guest.roomId)}`;
  }

  #post(path: string, body: string): Promise<string> {
    return this.#ask({ method: "POST", path, body });
  }

  #ask(request: Omit<Request, "session" | "timeoutMs"> & { readonly timeoutMs?: number }): Promise<string> {
    return ask({ timeoutMs: ANSWER_WITHIN_MS, ...request, session: this.session });
  }
}
