import { useEffect, useRef, useState } from "preact/hooks";

export interface Loaded<Value> {
  value: Value | undefined;
  error: unknown;
  isLoading: boolean;
  /** Loads again; the value stays visible meanwhile. */
  reload: () => void;
  /** Replaces the value, after a change of the user. */
  set: (value: Value) => void;
}

/** Loads a value when the component appears, and when `keys` change. The result of an outdated request is dropped. */
export function useLoad<Value>(
  load: (signal: AbortSignal) => Promise<Value>,
  keys: readonly unknown[],
): Loaded<Value> {
  const [state, setState] = useState<{ value?: Value; error?: unknown; isLoading: boolean }>({
    isLoading: true,
  });
  const [round, setRound] = useState(0);
  const latest = useRef(load);
  latest.current = load;
  const running = useRef<AbortController | null>(null);
  useEffect(() => {
    const controller = new AbortController();
    running.current = controller;
    const { signal } = controller;
    setState(({ value }) => ({ ...(value !== undefined && { value }), isLoading: true }));
    latest.current(signal).then(
      (value) => !signal.aborted && setState({ value, isLoading: false }),
      (error: unknown) => !signal.aborted && setState((before) => ({ ...before, error, isLoading: false })),
    );
    return () => controller.abort();
  }, [...keys, round]);
  return {
    value: state.value,
    error: state.error,
    isLoading: state.isLoading,
    reload: () => setRound((before) => before + 1),
    set: (value) => {
      // A request that is still running may return what was there before.
      running.current?.abort();
      setState({ value, isLoading: false });
    },
  };
}
