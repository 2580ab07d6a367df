import { Unavailable } from "../conversation/errors";

const ANSWER_WITHIN_MS = 15_000;

/**
 * The page in another language, as a document that runs nothing. The language is in the body, so that no address tells
 * it. Rejects where there is none.
 */
export function fetchPage(language: string): Promise<Document> {
  return new Promise((resolve, reject) => {
    // The one request that is not `fetch`: only this one yields a document without a string that is parsed as HTML.
    const request = new XMLHttpRequest();
    request.open("POST", "/");
    request.responseType = "document";
    request.timeout = ANSWER_WITHIN_MS;
    request.setRequestHeader("Content-Type", "application/x-www-form-urlencoded");
    const fail = () => reject(new Error(`no page in ${language}: ${request.status}`));
    request.addEventListener("load", () => {
      if (request.status === 200 && request.responseXML !== null) {
        resolve(request.responseXML);
      } else {
        fail();
      }
    });
    request.addEventListener("error", fail);
    request.addEventListener("timeout", fail);
    request.send(new URLSearchParams({ language }));
  });
}

/** A script of this site, as text. Raises `Unavailable`. */
export async function fetchScript(address: string): Promise<string> {
  const answer = await fetchAsset(address, "high");
  return answer.text().catch(noAnswer);
}

/** A WebAssembly module of this site, from its first bytes on. Raises `Unavailable`. */
export function fetchModule(address: string): Promise<Response> {
  return fetchAsset(address, "low");
}

async function fetchAsset(address: string, priority: RequestPriority): Promise<Response> {
  const answer = await fetch(address, {
    cache: "no-store",
    credentials: "omit",
    referrerPolicy: "no-referrer",
    priority,
  }).catch(noAnswer);
  return answer.ok ? answer : noAnswer();
}

function noAnswer(): never {
  throw new Unavailable();
}

/** Has the portal tell the browser to drop what it may hold of this site; survives the page, and waits for nothing. */
export function askToForget(): void {
  navigator.sendBeacon("/exit");
}
