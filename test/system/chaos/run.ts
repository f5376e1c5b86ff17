import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "../../../src/client/index.ts";
import type { ParleyClient } from "../../../src/client/index.ts";
import { UnreliableProxy } from "../../e2e/support/unreliable-proxy.ts";
import { WorkerdServer } from "../../e2e/support/workerd-server.ts";
import { seededRandom } from "../../../scripts/support/seeded-random.ts";
import type { Device } from "./device.ts";
import { runWorkload } from "./workload.ts";
import { describeState, findLeakedSockets, waitForConvergence } from "./convergence.ts";
import { setUpDevices } from "./setup.ts";
import { FaultInjector } from "./fault-injector.ts";
import { findDifferences } from "./verify.ts";

export interface ChaosOptions {
  seed: number;
  /** Stops after this many broken connections, or after `forMs`, whichever comes first. */
  cuts: number;
  forMs: number;
  /** Mean interval between broken connections. */
  cutEveryMs: number;
  /** Receives a progress line every five seconds. */
  report: (line: string) => void;
}

/** The result of a run. */
export interface ChaosReport {
  /** Number of broken connections, by kind. */
  cuts: Record<string, number>;
  /** Number of faults injected into objects and applications, by kind. */
  disturbances: Record<string, number>;
  sent: number;
  acknowledged: number;
  /** Number of messages that were certainly not committed, by error. */
  rejected: Record<string, number>;
  /** Messages whose sender received no outcome: how many were committed, and how many were not. */
  unknown: { committed: number; notCommitted: number };
  /** Commands that create no message, by type and outcome. */
  otherCommands: Record<string, number>;
  /** Number of events that devices received. */
  events: number;
  /** Empty if all devices, senders and the log agree. */
  differences: string[];
}

/** Shorter timeouts than in production, so that idle sockets, expired tokens and slow clients occur within a run. */
const vars = {
  HEARTBEAT_MS: "1000",
  SOCKET_IDLE_TIMEOUT_MS: "4000",
  ACCESS_TOKEN_SECONDS: "30",
  SOCKET_COMMANDS_PER_SECOND: "1000",
  SOCKET_COMMANDS_BURST: "1000",
  TOGGLE_BURST: "100000",
  // Lower than in production, so that sockets which a hub fails to release soon exceed the limit.
  USER_SOCKETS: "30",
};
const reportEveryMs = 5_000;

/**
 * Runs several applications of the client library behind a faulty network, in two channels whose objects are evicted and crash
 * meanwhile; then compares the state of each device with that of the server.
 */
export async function chaos({ seed, cuts, forMs, cutEveryMs, report }: ChaosOptions): Promise<ChaosReport> {
  const random = seededRandom(seed);
  const server = await WorkerdServer.start(vars);
  const line = await UnreliableProxy.listen(() => server.port, seededRandom(seed + 1));
  const setup = await setUpDevices(server, line, seededRandom(seed + 2));
  const { devices, stableDevice, channelIds, ledger } = setup;
  const allDevices = [...devices, stableDevice];
  try {
    let isOver = false;
    for (const device of allDevices) device.open();
    const workloads = devices.map((device) => runWorkload(device, random, () => isOver));
    const faults = new FaultInjector({ ...setup, server, line, random, cutEveryMs });
    const startedMs = performance.now();
    const isComplete = (): boolean => line.total >= cuts || performance.now() - startedMs >= forMs;
    for (let reportedMs = startedMs; !isComplete(); await sleep(20)) {
      if (performance.now() - reportedMs < reportEveryMs) continue;
      reportedMs += reportEveryMs;
      const acknowledged = `${ledger.count("acknowledged")} of ${ledger.sent.size} messages acknowledged`;
      report(
        `${line.total} connections broken, ${faults.total} objects and devices disturbed, ${acknowledged}`,
      );
    }
    isOver = true;
    await faults.stop();
    const notConverged = (await waitForConvergence(allDevices)) ? [] : allDevices.map(describeState);
    const leakedSockets = await findLeakedSockets(allDevices, channelIds, server);
    const events = allDevices
      .flatMap(({ recorders }) => recorders)
      .reduce((sum, one) => sum + one.events.length, 0);
    if (notConverged.length === 0) await Promise.all(workloads);
    for (const device of allDevices) device.close();
    const clients = new Map(allDevices.map((device) => [device, createDirectClient(device, server)]));
    const differences = await findDifferences(allDevices, ledger, channelIds, clients);
    return {
      cuts: { ...line.cuts },
      disturbances: faults.counts,
      sent: ledger.sent.size,
      acknowledged: ledger.count("acknowledged"),
      rejected: ledger.rejections,
      unknown: {
        committed: ledger.unknownFound,
        notCommitted: ledger.count("unknown") - ledger.unknownFound,
      },
      otherCommands: Object.fromEntries(ledger.otherOutcomes),
      events,
      differences: [...notConverged, ...leakedSockets, ...differences, ...server.defects],
    };
  } finally {
    for (const device of allDevices) device.close();
    await line.close();
    await server.remove();
  }
}

/** Creates a client of the device's session that connects to the server directly, without injected faults. */
const createDirectClient = ({ client }: Device, { url }: WorkerdServer): ParleyClient =>
  createClient({ url, tokens: client.tokens });
