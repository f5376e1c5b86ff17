import { setTimeout as sleep } from "node:timers/promises";
import type { StatusLine } from "../../scripts/support/progress.ts";
import type { Connection } from "../load/connection.ts";
import { privateBytes } from "../load/memory.ts";
import { parley } from "../parley/stack.ts";
import { wsFloor } from "../peers/ws-floor/stack.ts";
import type { RunningStack, Stack, StackOptions } from "../stack.ts";
import { type Idle, idleStacks } from "./idle-stacks.ts";
import type { SocketsSize } from "./measure.ts";
import { openDirect } from "./wire.ts";

const stacks: Record<(typeof idleStacks)[number], Stack> = { parley, "ws-floor": wsFloor };

type Options = Pick<SocketsSize, "idle" | "idleSeconds"> & { rounds: number } & Pick<
    StackOptions,
    "config" | "vars"
  >;

/** Measures the memory of idle sockets of one room, in each round in new processes, which have no freed memory to use again. */
export async function measureIdle(options: Options, status: StatusLine): Promise<Idle[]> {
  const measured: Idle[] = [];
  for (let round = 1; round <= options.rounds; round++)
    for (const stack of idleStacks) {
      const label = `sockets  round ${round}/${options.rounds}  ${stack}`;
      const showStatus = (text: string): void => status.update(`${label}  ${text}`);
      const running = await stacks[stack].start({ ...options, accounts: 1, progress: showStatus });
      try {
        const memory = await weigh(running, options, showStatus);
        measured.push({ round, stack, ...memory });
        status.print(
          `${label}  ${(memory.openedBytesEach / 1_000).toFixed(1)} kB a socket, idle ${(memory.idleBytesEach / 1_000).toFixed(1)} kB`,
        );
      } finally {
        await running.stop();
      }
    }
  return measured;
}

async function weigh(
  { pids, openRoom }: RunningStack,
  { idle: sockets, idleSeconds }: Options,
  showStatus: (text: string) => void,
): Promise<Omit<Idle, "round" | "stack">> {
  showStatus(`opening ${sockets} idle sockets`);
  const { host, port, channelId, identities } = await openRoom(`bench-idle-${Date.now().toString(36)}`);
  const [{ token }] = identities as [{ token: string }];
  await sleep(1_000);
  const before = privateBytes(pids);
  const connections: Connection[] = [];
  while (connections.length < sockets) connections.push(await openDirect({ host, port, token }, channelId));
  await sleep(1_000);
  const opened = privateBytes(pids);
  showStatus(`waiting ${idleSeconds} s`);
  await sleep(idleSeconds * 1_000);
  const idle = privateBytes(pids);
  for (const connection of connections) connection.end();
  return {
    sockets,
    idleSeconds,
    openedBytesEach: (opened - before) / sockets,
    idleBytesEach: (idle - before) / sockets,
  };
}
