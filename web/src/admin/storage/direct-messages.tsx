import { useState } from "preact/hooks";
import {
  getDirectMessagesProjection,
  reindexDirectMessages,
  reprojectDirectMessages,
} from "../../../../src/client/index.ts";
import { useWorkspace } from "../../state/context.ts";
import { BusyButton } from "../forms/busy-button.tsx";
import { useActions } from "../lists/use-actions.ts";
import { walkBatches } from "./walk-batches.ts";

interface Progress {
  channels: number;
  behind: number;
  unindexed: number;
}

/** The state of all direct and group messages together. The server reports only their numbers, in batches. */
export function DirectMessages() {
  const { client } = useWorkspace();
  const [progress, setProgress] = useState<Progress | null>(null);
  const actions = useActions();
  const check = (): Promise<boolean> =>
    actions.run({
      key: "check",
      work: () => {
        let sum: Progress = { channels: 0, behind: 0, unindexed: 0 };
        return walkBatches(
          (query) => client.call(getDirectMessagesProjection, { query }),
          ({ channels, behind, unindexed }) => {
            sum = {
              channels: sum.channels + channels,
              behind: sum.behind + behind,
              unindexed: sum.unindexed + unindexed,
            };
            setProgress(sum);
          },
        );
      },
    });
  const [rebuilt, setRebuilt] = useState(0);
  const rebuild = (endpoint: typeof reindexDirectMessages, what: string): Promise<boolean> =>
    actions.run({
      key: "rebuild",
      question: {
        title: `Rebuild the ${what} of all direct messages?`,
        text: "It is built again from the logs, in the background. Keep this page open until all rebuilds have been started.",
        action: "Rebuild",
        isDanger: false,
      },
      work: async () => {
        setRebuilt(0);
        await walkBatches(
          (query) => client.call(endpoint, { query }),
          ({ channels }) => setRebuilt((before) => before + channels),
        );
      },
      done: "All rebuilds have begun",
    });
  const isRebuilding = actions.isBusy("rebuild");
  return (
    <section class="stack">
      <h3>Direct messages</h3>
      <div role="status">
        {progress === null ? (
          <span class="muted">Not checked yet.</span>
        ) : (
          `${progress.channels} conversations, of which ${progress.behind} lag behind in the database and ${progress.unindexed} in the search index.`
        )}
        {isRebuilding && ` Rebuilds started: ${rebuilt}.`}
      </div>
      <div class="row wrap">
        <BusyButton isBusy={actions.isBusy("check")} onClick={() => void check()}>
          Check
        </BusyButton>
        <BusyButton
          isBusy={isRebuilding}
          onClick={() => void rebuild(reprojectDirectMessages, "part in the database")}
        >
          Rebuild in the database
        </BusyButton>
        <BusyButton isBusy={isRebuilding} onClick={() => void rebuild(reindexDirectMessages, "search index")}>
          Rebuild the search index
        </BusyButton>
      </div>
    </section>
  );
}
