/** The distance that a popover keeps from the edges of the page, in CSS pixels. */
const margin = 8;

/** Places a popover below an element, or above if there is not enough room. */
export function placePopover(popover: HTMLElement, { left, right, top, bottom }: DOMRect): void {
  const { width, height } = popover.getBoundingClientRect();
  const isRight = left + width > innerWidth - margin;
  const x = isRight ? Math.max(margin, right - width) : left;
  const isBelow = bottom + height <= innerHeight - margin || top < height;
  const y = isBelow ? Math.min(bottom + 4, innerHeight - height - margin) : top - height - 4;
  popover.style.left = `${x}px`;
  popover.style.top = `${Math.max(margin, y)}px`;
}
