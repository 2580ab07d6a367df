/**
 * Keeps the exit inside what is really visible: with a telephone's keyboard open or the page pinched larger, the visible
 * part is smaller than the one that `position: fixed` refers to.
 */
export function followVisiblePart(): void {
  const visible = window.visualViewport;
  if (visible === null) {
    return;
  }
  const root = document.documentElement;
  const place = () => {
    const right = Math.max(0, root.clientWidth - visible.offsetLeft - visible.width);
    root.style.setProperty("--visible-top", `${visible.offsetTop}px`);
    root.style.setProperty("--visible-left", `${visible.offsetLeft}px`);
    root.style.setProperty("--visible-right", `${right}px`);
    root.style.setProperty("--visible-height", `${visible.height * visible.scale}px`);
    root.style.setProperty("--visible-scale", String(1 / visible.scale));
  };
  visible.addEventListener("resize", place);
  visible.addEventListener("scroll", place);
  place();
}
