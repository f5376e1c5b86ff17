import type { ComponentChildren } from "preact";
import { useRef, useState } from "preact/hooks";
import { confirm } from "../../ui/dialog.tsx";
import { showError, showToast } from "../../ui/toasts.tsx";

/** An action on one item of a list. */
export interface Action {
  /** The id of the item. */
  key: string;
  /** What is asked before the action begins. */
  question?: {
    title: string;
    text: ComponentChildren;
    /** The label of the button that confirms. */
    action: string;
    /** False for what is easily undone. */
    isDanger?: boolean;
  };
  work: () => Promise<unknown>;
  /** What is shown when it succeeded. */
  done?: string;
}

/** The actions that are in progress. */
export interface Actions {
  isBusy: (key: string) => boolean;
  /**
   * Runs an action after its question was confirmed, unless one on the same item is in progress. Shows why it failed.
   *
   * @returns whether it succeeded
   */
  run: (action: Action) => Promise<boolean>;
}

export function useActions(): Actions {
  const [busy, setBusy] = useState<ReadonlySet<string>>(new Set());
  const running = useRef(new Set<string>());
  const update = (): void => setBusy(new Set(running.current));
  return {
    isBusy: (key) => busy.has(key),
    run: async ({ key, question, work, done }) => {
      if (running.current.has(key)) return false;
      if (question && !(await confirm({ isDanger: true, ...question }))) return false;
      running.current.add(key);
      update();
      try {
        await work();
        if (done !== undefined) showToast(done);
        return true;
      } catch (error) {
        showError(error);
        return false;
      } finally {
        running.current.delete(key);
        update();
      }
    },
  };
}
