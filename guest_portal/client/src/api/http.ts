import { CommuneNeeded, Refused, SessionEnded, Unavailable } from "../conversation/errors";
import { communesIn } from "./communes";
import { objectIn, parseObject } from "./parsing";
import { challengeIn, ProofNeeded } from "./proof-needed";

export type Request = {
  readonly method: "GET" | "POST" | "PUT";
  readonly path: string;
  /** JSON; absent for none. */
  readonly body?: string;
  /** The sealed session; absent before there is one. */
  readonly session?: string;
  /** Without an answer by then, there is none. */
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
  /** Whether the request goes on when the page is gone. */
  readonly outlivesPage?: boolean;
};

const OWN_ERRORS = [Refused, SessionEnded, Unavailable, ProofNeeded];

/** The answer's body. Raises the errors of `conversation/errors.ts` and `ProofNeeded`, and nothing else. */
export async function ask(request: Request): Promise<string> {
  const stop = new AbortController();
  const abort = () => stop.abort();
  const timer = setTimeout(abort, request.timeoutMs);
  request.signal?.addEventListener("abort", abort, { once: true });
  try {
    const response = await fetch(request.path, options(request, stop.signal));
    const body = await response.text();
    if (!response.ok) {
      throw refusal(response.status, body);
    }
    return body;
  } catch (error) {
    throw OWN_ERRORS.some((kind) => error instanceof kind) ? error : new Unavailable();
  } finally {
    clearTimeout(timer);
    request.signal?.removeEventListener("abort", abort);
  }
}

function options(request: Request, signal: AbortSignal): RequestInit {
  const headers: Record<string, string> = {};
  if (request.body !== undefined) {
    headers["Content-Type"] = "application/json";
  }
  if (request.session !== undefined) {
    headers.Authorization = `Bearer ${request.session}`;
  }
  return {
    method: request.method,
    headers,
    body: request.body ?? null,
    signal,
    keepalive: request.outlivesPage ?? false,
    cache: "no-store",
    credentials: "omit",
    redirect: "error",
    referrerPolicy: "no-referrer",
  };
}

function refusal(status: number, body: string): Error {
  const { errcode, retryAfterMs } = errorIn(body);
  if (status === 429 || status >= 500) {
    return new Unavailable(retryAfterMs);
  }
  if (status === 401) {
    return new SessionEnded(errcode === "M_UNKNOWN_TOKEN");
  }
  if (status === 409 && errcode === CommuneNeeded.errcode) {
    return new CommuneNeeded(communesIn(body));
  }
  if (status === 428 && errcode === ProofNeeded.errcode) {
    return new ProofNeeded(challengeIn(objectIn(parseObject(body), "challenge")));
  }
  return new Refused(status, errcode);
}

/** The standard error response of the Matrix specification; a proxy's own page has neither field. */
function errorIn(body: string): { errcode: string; retryAfterMs: number | null } {
  try {
    const parsed = JSON.parse(body) as { errcode?: unknown; retry_after_ms?: unknown } | null;
    return {
      errcode: typeof parsed?.errcode === "string" ? parsed.errcode : "M_UNKNOWN",
      retryAfterMs: typeof parsed?.retry_after_ms === "number" ? parsed.retry_after_ms : null,
    };
  } catch {
    return { errcode: "M_UNKNOWN", retryAfterMs: null };
  }
}
