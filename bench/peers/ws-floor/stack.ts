import { freePort } from "../../../scripts/support/free-port.ts";
import { startProcess, stopProcess } from "../../processes.ts";
import type { Stack } from "../../stack.ts";
import { versionOf } from "../../machine.ts";

export const wsFloor: Stack = {
  name: "ws-floor",
  start: async ({ accounts }) => {
    const port = await freePort();
    const child = await startProcess(new URL("server.ts", import.meta.url), { PORT: String(port) });
    return {
      pids: [child.pid!],
      versions: { ws: versionOf("ws") },
      notes: [],
      openRoom: async (name) => ({
        wire: "parley-plain",
        host: "127.0.0.1",
        port,
        channelId: name,
        identities: Array.from({ length: accounts }, () => ({ token: "none" })),
      }),
      stop: () => stopProcess(child),
    };
  },
};
