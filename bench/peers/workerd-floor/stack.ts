import { startBenchWorker } from "../../parley/bench-worker.ts";
import { versionOf } from "../../machine.ts";
import type { Stack } from "../../stack.ts";

/** What the same fan-out costs in workerd without Parley's code: `bench/workers/fan-out.ts`. */
export const workerdFloor: Stack = {
  name: "workerd-floor",
  start: async ({ accounts, progress }) => {
    progress("bundling the Worker");
    const { port, pid, stop } = await startBenchWorker("fan-out");
    return {
      pids: [pid],
      versions: { workerd: versionOf("workerd") },
      notes: [
        "One object that commits each message, acknowledges it and sends it to every socket: no accounts, no batches.",
      ],
      openRoom: async (name) => ({
        wire: "parley-plain",
        host: "127.0.0.1",
        port,
        channelId: name,
        identities: Array.from({ length: accounts }, () => ({ token: "none" })),
      }),
      stop,
    };
  },
};
