import type { RefObject } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";

/** How far below the visible part an element counts as visible, in CSS pixels, so that it is loaded before it is reached. */
const margin = 200;

/** Returns whether an element was visible so far: what it needs is loaded then, and not for a whole list at once. */
export function useVisible<Type extends Element>(): { element: RefObject<Type | null>; wasVisible: boolean } {
  const element = useRef<Type>(null);
  const [wasVisible, setVisible] = useState(false);
  useEffect(() => {
    if (!element.current) return undefined;
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
        setVisible(true);
        observer.disconnect();
      },
      { rootMargin: `${margin}px` },
    );
    observer.observe(element.current);
    return () => observer.disconnect();
  }, []);
  return { element, wasVisible };
}
