import { useEffect, useState } from "preact/hooks";

/** Returns a value once it has not changed for a time, in ms: what a search field contains, without a request for each keystroke. */
export function useDebounced<Value>(value: Value, delayMs = 250): Value {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), delayMs);
    return () => clearTimeout(timer);
  }, [value, delayMs]);
  return settled;
}
