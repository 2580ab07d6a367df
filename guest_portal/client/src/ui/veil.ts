/** Hides the page while another tab or program is in front: a thumbnail of the windows shows nothing of it. */
export function veilWhenHidden(): void {
  const follow = () => document.documentElement.toggleAttribute("data-veiled", document.visibilityState === "hidden");
  document.addEventListener("visibilitychange", follow);
  follow();
}
