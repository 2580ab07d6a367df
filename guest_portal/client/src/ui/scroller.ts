/** How far from its end what scrolls still counts as read to its end. */
const NEAR_END_PX = 80;

/**
 * What scrolls the messages: their own box where there is height enough for one, else the whole page. The style decides,
 * and may change its mind, as when a keyboard opens.
 */
export class Scroller {
  /** Calls `moved` whenever somebody has scrolled, and `resized` whenever there is more or less to see at once. */
  constructor(
    private readonly box: HTMLElement,
    moved: () => void,
    resized: () => void,
  ) {
    document.addEventListener("scroll", moved, { capture: true, passive: true });
    new ResizeObserver(resized).observe(box);
    addEventListener("resize", resized);
  }

  get isAtEnd(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = this.#scrolled;
    return scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  }

  /** How much can be seen at once, in pixels. */
  get height(): number {
    return this.#scrolled.clientHeight;
  }

  toStart(): void {
    this.#scrolled.scrollTop = 0;
  }

  toEnd(): void {
    this.#scrolled.scrollTop = this.#scrolled.scrollHeight;
  }

  /** Changes what is above, and keeps in place what is seen. */
  keepPlaceWhile(change: () => void): void {
    const { scrollHeight, scrollTop } = this.#scrolled;
    change();
    this.#scrolled.scrollTop = scrollTop + this.#scrolled.scrollHeight - scrollHeight;
  }

  focus(): void {
    this.box.focus({ preventScroll: true });
  }

  get #scrolled(): Element {
    const own = getComputedStyle(this.box).overflowY !== "visible";
    return own ? this.box : (document.scrollingElement ?? document.documentElement);
  }
}
