import { execFile } from "node:child_process";
import { cp, rm } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { StatusLine } from "../../scripts/support/progress.ts";
import { freeMachine } from "../machine.ts";
import { Client } from "../parley/client.ts";
import { sendMessages } from "../parley/send-messages.ts";
import { type Patience, repeatWhileVoid, voidReason } from "../validity.ts";
import { type Copy, copyRepository } from "./copy.ts";
import { type Starter, starters, starterTitles } from "./plan.ts";
import { startServer } from "./server.ts";

export type StartRun = {
  round: number;
  starter: Starter;
  /** From the command to the first answer. */
  readySeconds: number;
  /** The same for the next start, after SIGKILL. */
  restartSeconds: number;
  otherCores: number;
  void: string | null;
};

export type StartFigures = { rounds: number; runs: StartRun[] };

/** Within the burst that one socket may send. */
const messagesBeforeKill = 50;

/** Starts each server, sends messages, kills it, and starts it again, in turn. */
export async function measureStarts(
  { rounds }: { rounds: number },
  patience: Patience,
  status: StatusLine,
): Promise<StartFigures> {
  status.update("start  preparing a copy for wrangler");
  const prepared = await prepare();
  const runs: StartRun[] = [];
  try {
    for (let round = 1; round <= rounds; round++)
      for (let turn = 0; turn < starters.length; turn++) {
        const starter = starters[(turn + round - 1) % starters.length]!;
        const label = `start  round ${round}/${rounds}  ${starter.padEnd(8)}`;
        const done = await repeatWhileVoid(patience, async () => {
          status.update(`${label}  waiting for the machine to be free`);
          const copy =
            starter === "parley" ? await copyRepository({ withModules: true }) : await prepared.reset();
          try {
            await freeMachine(patience.idleWaitSeconds);
            const run = {
              round,
              starter,
              ...(await startAndRestart(starter, copy.directory, label, status)),
            };
            const { readySeconds, restartSeconds, void: reason } = run;
            status.print(
              `${label}  ready ${readySeconds.toFixed(1)} s, restarted ${restartSeconds.toFixed(1)} s${reason ? `  VOID: ${reason}` : ""}`,
            );
            return run;
          } finally {
            if (starter === "parley") await copy.remove();
          }
        });
        runs.push(...done);
      }
  } finally {
    await prepared.remove();
  }
  return { rounds, runs };
}

async function startAndRestart(
  starter: Starter,
  directory: string,
  label: string,
  status: StatusLine,
): Promise<Omit<StartRun, "round" | "starter">> {
  status.update(`${label}  starting ${starterTitles[starter]}`);
  const first = await startServer(starter, directory);
  try {
    status.update(`${label}  sending messages before the kill`);
    await sendSome(first.port);
  } finally {
    await first.kill();
  }
  status.update(`${label}  restarting ${starterTitles[starter]}`);
  const second = await startServer(starter, directory);
  await second.kill();
  const otherCores = Math.max(first.otherCores, second.otherCores);
  return {
    readySeconds: first.seconds,
    restartSeconds: second.seconds,
    otherCores,
    void: voidReason({ otherCores }),
  };
}

/** Creates a user and a channel with messages, so that the killed server has data and open databases. */
async function sendSome(port: number): Promise<void> {
  const client = new Client(`http://localhost:${port}`);
  const account = await client.register(`start-${Date.now().toString(36)}`);
  const channelId = await client.createChannel(account, "start");
  const textOf = (index: number): string => `Message ${index} before the kill`;
  await sendMessages(port, { channelId, token: account.accessToken }, { count: messagesBeforeKill, textOf });
}

/** Makes a copy with keys and migrated databases. `reset` restores it as `npm run setup` left it. */
async function prepare(): Promise<Copy & { reset(): Promise<Copy> }> {
  const copy = await copyRepository({ withModules: true });
  const [state, saved] = [join(copy.directory, ".wrangler"), join(copy.directory, ".wrangler-prepared")];
  try {
    await promisify(execFile)("npm", ["run", "setup"], { cwd: copy.directory });
    await cp(state, saved, { recursive: true });
  } catch (error) {
    await copy.remove();
    throw error;
  }
  const reset = async (): Promise<Copy> => {
    await rm(state, { recursive: true, force: true });
    await cp(saved, state, { recursive: true });
    return copy;
  };
  return { ...copy, reset };
}
