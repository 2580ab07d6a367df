/** Where the encryption engine is, as the template tells. */
export function engineAddresses(): { script: string; module: string } {
  const { engineScript, engineModule } = document.body.dataset;
  return { script: engineScript ?? "", module: engineModule ?? "" };
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
