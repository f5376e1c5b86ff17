import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Contract } from "../contract/document.ts";
import { loadContract } from "../contract/load-contract.ts";
import type { SessionAccess } from "../session.ts";
import { ReferencePage } from "./reference-page.tsx";

type State = { kind: "loading" } | { kind: "failed"; text: string } | { kind: "loaded"; contract: Contract };

/** Loads the contract and then shows the page; after a failure the reader can try again. */
export function LoadPage({ session }: { session: SessionAccess }): VNode {
  const [state, setState] = useState<State>({ kind: "loading" });
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    let isCurrent = true;
    setState({ kind: "loading" });
    loadContract().then(
      (contract) => isCurrent && setState({ kind: "loaded", contract }),
      (error: Error) => isCurrent && setState({ kind: "failed", text: error.message }),
    );
    return () => {
      isCurrent = false;
    };
  }, [attempt]);
  if (state.kind === "loaded") return <ReferencePage contract={state.contract} session={session} />;
  return (
    <main class="loading">
      <h1>API reference</h1>
      <p role="status" class={state.kind === "failed" ? "problem" : ""}>
        {state.kind === "failed" ? state.text : "Loading…"}
      </p>
      {state.kind === "failed" && (
        <button type="button" onClick={() => setAttempt(attempt + 1)}>
          Try again
        </button>
      )}
    </main>
  );
}
