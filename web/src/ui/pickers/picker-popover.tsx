import type { ComponentChildren } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

const margin = 8;
const gap = 4;

/**
 * Shows content below an input, or above it where there is more room. It is in the top layer: a dialog does not cut it off, and what is around the
 * input does not move.
 */
export function PickerPopover({ below, children }: { below: HTMLElement; children: ComponentChildren }) {
  const element = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => element.current?.showPopover(), []);
  // On each rendering, since the content and the input may have another size or place.
  useLayoutEffect(() => {
    const popover = element.current;
    if (!popover) return undefined;
    const move = (): void => place(popover, below.getBoundingClientRect());
    move();
    addEventListener("resize", move);
    addEventListener("scroll", move, { capture: true, passive: true });
    return () => {
      removeEventListener("resize", move);
      removeEventListener("scroll", move, { capture: true });
    };
  });
  return (
    <div
      ref={element}
      class="picker-popover"
      popover="manual"
      // The input keeps the focus.
      onMouseDown={(event) => event.preventDefault()}
    >
      {children}
    </div>
  );
}

function place(popover: HTMLElement, { left, top, bottom, width }: DOMRect): void {
  const { style, scrollHeight } = popover;
  const roomBelow = innerHeight - bottom - gap - margin;
  const roomAbove = top - gap - margin;
  const isBelow = scrollHeight <= roomBelow || roomBelow >= roomAbove;
  style.left = `${left}px`;
  style.width = `${width}px`;
  style.maxHeight = `${Math.min(260, isBelow ? roomBelow : roomAbove)}px`;
  style.top = isBelow ? `${bottom + gap}px` : "auto";
  style.bottom = isBelow ? "auto" : `${innerHeight - top + gap}px`;
}
