import { useLayoutEffect, useState } from "preact/hooks";

/** The id of the description of the sockets. No operation has an id with a dot. */
export const realtimeGuideId = "guide.realtime";

/** Returns the id in the fragment of the page's URL, and renders again when it changes; empty without a fragment. */
export function useHash(): string {
  const [id, setId] = useState(currentId);
  // Not an ordinary effect, which runs later and could miss a change.
  useLayoutEffect(() => {
    const update = (): void => setId(currentId());
    addEventListener("hashchange", update);
    return () => removeEventListener("hashchange", update);
  }, []);
  return id;
}

function currentId(): string {
  const fragment = location.hash.slice(1);
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}

/** Returns the link to an entry. */
export const linkTo = (id: string): string => `#${encodeURIComponent(id)}`;
