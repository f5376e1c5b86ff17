/** The distance from the bottom within which the list counts as scrolled to the end, in CSS pixels. */
const endTolerance = 48;

/**
 * Keeps a list of messages where the reader is: at the end while it is scrolled to the end, otherwise at the first visible message, whatever is
 * added, removed or grows around it. The browser's own anchoring is off (`overflow-anchor: none`), because not all browsers have one.
 */
export class ScrollAnchor {
  /** Whether the list follows new messages. */
  isAtEnd = true;
  readonly #scroller: HTMLElement;
  readonly #onScroll: () => void;
  /** The first visible message, its distance from the top, and the position of the list at that moment. */
  #anchor: { key: string; top: number; scrollTop: number } | null = null;
  readonly #observer: ResizeObserver;

  /** @param onScroll called after the reader scrolled */
  constructor(scroller: HTMLElement, content: HTMLElement, onScroll: () => void) {
    this.#scroller = scroller;
    this.#onScroll = onScroll;
    // Images, reactions and the composer change heights without a new rendering.
    this.#observer = new ResizeObserver(() => this.restore());
    this.#observer.observe(content);
    this.#observer.observe(scroller);
    scroller.addEventListener("scroll", this.#scrolled, { passive: true });
  }

  stop(): void {
    this.#observer.disconnect();
    this.#scroller.removeEventListener("scroll", this.#scrolled);
  }

  /** The distance to the first loaded message, and to the last, in CSS pixels. */
  get distances(): { before: number; after: number } {
    const { scrollTop, scrollHeight, clientHeight } = this.#scroller;
    return { before: scrollTop, after: scrollHeight - clientHeight - scrollTop };
  }

  /** The `seq` of the last message of which a part is visible; 0 without one. */
  get lastVisibleSeq(): number {
    const { clientHeight } = this.#scroller;
    const rows = this.#rows;
    const below = firstIndex(rows.length, (at) => this.#topOf(rows[at]) >= clientHeight);
    return Number(rows[below - 1]?.dataset["seq"] ?? 0);
  }

  /** Moves the list to where the reader was, after its content has changed. */
  restore(): void {
    if (this.isAtEnd) this.#scroller.scrollTop = this.#scroller.scrollHeight;
    else if (this.#anchor) {
      const { key, top, scrollTop } = this.#anchor;
      const element = this.#find(key);
      // What the reader has scrolled since then, whose event is still to come, is kept.
      const scrolled = this.#scroller.scrollTop - scrollTop;
      if (element) this.#scroller.scrollTop += this.#topOf(element) - (top - scrolled);
      this.capture();
    }
  }

  scrollToEnd(): void {
    this.isAtEnd = true;
    this.restore();
  }

  /** Shows a line of the list, at a share of the height from the top. Returns whether it is loaded. */
  scrollTo(key: string, share: number): boolean {
    const element = this.#find(key);
    if (!element) return false;
    const { clientHeight } = this.#scroller;
    this.#scroller.scrollTop += this.#topOf(element) - clientHeight * share;
    this.isAtEnd = this.distances.after <= endTolerance;
    this.capture();
    return true;
  }

  /**
   * Remembers the first visible message, if the list does not follow its end. Not a line between messages: that of a day moves when earlier messages
   * are added.
   */
  capture(): void {
    if (this.isAtEnd) return;
    const rows = this.#rows;
    const first =
      rows[firstIndex(rows.length, (at) => this.#topOf(rows[at]) + (rows[at]?.offsetHeight ?? 0) > 0)];
    const key = first?.dataset["key"];
    this.#anchor =
      first && key !== undefined
        ? { key, top: this.#topOf(first), scrollTop: this.#scroller.scrollTop }
        : null;
  }

  get #rows(): NodeListOf<HTMLElement> {
    return this.#scroller.querySelectorAll<HTMLElement>("[data-seq]");
  }

  readonly #scrolled = (): void => {
    this.isAtEnd = this.distances.after <= endTolerance;
    this.capture();
    this.#onScroll();
  };

  #topOf(element: HTMLElement | undefined): number {
    if (!element) return 0;
    return element.getBoundingClientRect().top - this.#scroller.getBoundingClientRect().top;
  }

  #find(key: string): HTMLElement | null {
    return this.#scroller.querySelector(`[data-key="${CSS.escape(key)}"]`);
  }
}

/** Returns the first index for which `fits` is true, by binary search: it is false up to there, and true from there on. Otherwise `length`. */
function firstIndex(length: number, fits: (at: number) => boolean): number {
  let [start, end] = [0, length];
  while (start < end) {
    const middle = (start + end) >> 1;
    if (fits(middle)) end = middle;
    else start = middle + 1;
  }
  return start;
}
