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
  #anchor: { key: string; top: number } | null = null;
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
    const last = [...this.#scroller.querySelectorAll<HTMLElement>("[data-seq]")].findLast(
      (element) => this.#topOf(element) < clientHeight,
    );
    return Number(last?.dataset["seq"] ?? 0);
  }

  /** Moves the list to where the reader was, after its content has changed. */
  restore(): void {
    if (this.isAtEnd) this.#scroller.scrollTop = this.#scroller.scrollHeight;
    else if (this.#anchor) {
      const element = this.#find(this.#anchor.key);
      if (element) this.#scroller.scrollTop += this.#topOf(element) - this.#anchor.top;
      else this.capture();
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

  /** Remembers the first visible message. Not a line between messages: that of a day moves when earlier messages are added. */
  capture(): void {
    const first = [...this.#scroller.querySelectorAll<HTMLElement>("[data-seq]")].find(
      (element) => this.#topOf(element) + element.offsetHeight > 0,
    );
    const key = first?.dataset["key"];
    this.#anchor = first && key !== undefined ? { key, top: this.#topOf(first) } : null;
  }

  readonly #scrolled = (): void => {
    this.isAtEnd = this.distances.after <= endTolerance;
    this.capture();
    this.#onScroll();
  };

  #topOf(element: HTMLElement): number {
    return element.getBoundingClientRect().top - this.#scroller.getBoundingClientRect().top;
  }

  #find(key: string): HTMLElement | null {
    return this.#scroller.querySelector(`[data-key="${CSS.escape(key)}"]`);
  }
}
