import { policy } from "../trusted-types";

/** Where the encryption engine is, as the template tells. */
export function engineAddresses(): { script: string; module: string } {
  const { engineScript, engineModule } = document.body.dataset;
  return { script: engineScript ?? "", module: engineModule ?? "" };
}

/** Where the script of the worker is, as the template tells. */
export function workerAddress(): string {
  return document.body.dataset.worker ?? "";
}

let engine: ReturnType<typeof policy> | null = null;

/** Runs a script as one written in the page: the Content-Security-Policy names the hash of the one that may be. */
export function runScript(script: string): void {
  engine ??= policy("engine", { createScript: (text) => text });
  const element = document.createElement("script");
  element.text = engine.createScript?.(script) ?? "";
  document.head.append(element);
  element.remove();
}

/** Calls `act` once the page is shown and has nothing more to load. */
export function whenCalm(act: () => void): void {
  const soon = () => requestAnimationFrame(() => setTimeout(act, 0));
  if (document.readyState === "complete") {
    soon();
  } else {
    addEventListener("load", soon, { once: true });
  }
}
