import { useEffect, useState } from "preact/hooks";

/** How long after the last keystroke a search begins, in ms. */
const searchDelayMs = 200;

/** Returns a value that follows another one with a delay, so that each keystroke of a search is not a request. */
export function useDelayed<Value>(value: Value, delayMs = searchDelayMs): Value {
  const [delayed, setDelayed] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setDelayed(value), delayMs);
    return () => clearTimeout(timer);
  }, [value, delayMs]);
  return delayed;
}
