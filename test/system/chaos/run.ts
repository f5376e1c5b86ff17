import { setTimeout as sleep } from "node:timers/promises";
import { createClient } from "../../../src/client/index.ts";
import type { ParleyClient } from "../../../src/client/index.ts";
import { RoughLine } from "../../e2e/support/rough-line.ts";
import { Workerd } from "../../e2e/support/workerd.ts";
import { seededRandom } from "../replay/random.ts";
import type { Device } from "./device.ts";
import { keepBusy } from "./habits.ts";
import { describe, leftoversOf, settle } from "./settle.ts";
import { setStage } from "./stage.ts";
import { Trouble } from "./trouble.ts";
import { differencesOf } from "./verify.ts";

export interface ChaosOptions {
  seed: number;
  /** Until so many connections were cut, or for so long, whichever comes first. */
  cuts: number;
  forMs: number;
  /** On average. */
  cutEveryMs: number;
  /** Hears every five seconds how far it is. */
  tell: (line: string) => void;
}

export interface ChaosReport {
  /** How many connections were broken, by how. */
  cuts: Record<string, number>;
  /** What was done to objects and applications, how often. */
  disturbances: Record<string, number>;
  sent: number;
  acknowledged: number;
  /** Sends of which their sender knows that they are not there, by why. */
  refused: Record<string, number>;
  /** Of which it knows that they may be: and are, and are not. */
  unknown: { there: number; notThere: number };
  /** Commands that make no message, by what came of them. */
  others: Record<string, number>;
  /** That devices were given. */
  events: number;
  /** Nothing: all devices, senders and the log agree. */
  differences: string[];
}

/** Shorter than in production, so that silence is noticed, tokens end and slow ones are found within a run. */
const vars = {
  HEARTBEAT_MS: "1000",
  SOCKET_SILENCE_MS: "4000",
  ACCESS_TOKEN_SECONDS: "30",
  SOCKET_COMMANDS_PER_SECOND: "1000",
  SOCKET_COMMANDS_BURST: "1000",
  TOGGLE_BURST: "100000",
  // Lower than in production: sockets that a hub forgets to let go of are soon too many.
  USER_SOCKETS: "30",
};
const tellEveryMs = 5_000;

/**
 * Several applications on the client of ours, behind a line that breaks all the time, in two channels whose objects are evicted and
 * die meanwhile; and then what each of them has, beside what is there.
 */
export async function chaos({ seed, cuts, forMs, cutEveryMs, tell }: ChaosOptions): Promise<ChaosReport> {
  const random = seededRandom(seed);
  const server = await Workerd.start(vars);
  const line = await RoughLine.lay(() => server.port, seededRandom(seed + 1));
  const stage = await setStage(server, line);
  const { devices, speaker, channelIds, ledger } = stage;
  const everybody = [...devices, speaker];
  try {
    let over = false;
    for (const device of everybody) device.open();
    const busy = devices.map((device) => keepBusy(device, random, () => over));
    const trouble = new Trouble({ ...stage, server, line, random, cutEveryMs });
    const begunMs = performance.now();
    const isEnough = (): boolean => line.total >= cuts || performance.now() - begunMs >= forMs;
    for (let toldMs = begunMs; !isEnough(); await sleep(20)) {
      if (performance.now() - toldMs < tellEveryMs) continue;
      toldMs += tellEveryMs;
      const acknowledged = `${ledger.count("acknowledged")} of ${ledger.sent.size} sends acknowledged`;
      tell(`${line.total} cuts, ${trouble.total} disturbances, ${acknowledged}`);
    }
    over = true;
    await trouble.stop();
    const restless = (await settle(everybody)) ? [] : everybody.map(describe);
    const leftovers = await leftoversOf(everybody, channelIds, server);
    const events = everybody
      .flatMap(({ watches }) => watches)
      .reduce((sum, one) => sum + one.events.length, 0);
    if (restless.length === 0) await Promise.all(busy);
    for (const device of everybody) device.close();
    const clients = new Map(everybody.map((device) => [device, calmClientOf(device, server)]));
    const differences = await differencesOf(everybody, ledger, channelIds, clients);
    return {
      cuts: { ...line.cuts },
      disturbances: trouble.counts,
      sent: ledger.sent.size,
      acknowledged: ledger.count("acknowledged"),
      refused: ledger.refusals,
      unknown: { there: ledger.found, notThere: ledger.count("unknown") - ledger.found },
      others: Object.fromEntries(ledger.others),
      events,
      differences: [...restless, ...leftovers, ...differences, ...server.defects],
    };
  } finally {
    for (const device of everybody) device.close();
    await line.remove();
    await server.remove();
  }
}

/** Of the same session, with nothing rough in between. */
const calmClientOf = ({ client }: Device, { url }: Workerd): ParleyClient =>
  createClient({ url, tokens: client.tokens });
