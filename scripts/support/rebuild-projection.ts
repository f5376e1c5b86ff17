import { parseArgs } from "node:util";
import {
  createClient,
  getAllChannelIds,
  getDirectMessagesProjection,
  getProjection,
  type ParleyClient,
  ParleyError,
} from "../../src/client/index.ts";
import { CommandError } from "./command.ts";
import { requireServer } from "./require-server.ts";

type Query = { cursor?: string };

/** A projection of the channels' logs that can be rebuilt from them. */
export interface Projection {
  /** The npm script that rebuilds it. */
  name: "reproject" | "reindex";
  /** Starts to rebuild one channel; returns the end of its log. */
  start(client: ParleyClient, channelId: string): Promise<{ seq: number }>;
  startDirectMessages(
    client: ParleyClient,
    query: Query,
  ): Promise<{ channels: number; failed: number; nextCursor: string | null }>;
  /** Returns the `seq` up to which the projection contains a channel's log. */
  projectedSeq(projection: { recordedSeq: number; indexedSeq: number }): number;
  /** Returns the number of direct messages whose projection is behind their log. */
  backlog(projection: { behind: number; unindexed: number }): number;
}

/** The part of the help text that describes the options of both scripts. */
export const optionsHelp = `
The ids of direct messages reveal their members, so the output contains only numbers of them.

The account has to be the workspace's owner or an admin: on a local server the first registered account is the owner, after
\`npm run demo\` Mira's. The password is read from PARLEY_PASSWORD.

  --url URL        the server (default http://127.0.0.1:8787)
  --login NAME     username or e-mail
  --channel ID     only this channel, which must not be a direct message; may be repeated
  --wait SECONDS   how long to wait for a channel, or for a batch of direct messages, before continuing with the next (default 120)
`;

/** Returns the id of every channel of the workspace, fetched page by page. */
async function* allChannels(client: ParleyClient): AsyncGenerator<string> {
  try {
    for await (const { channelId } of client.list(getAllChannelIds, { query: { limit: 100 } }))
      yield channelId;
  } catch (error) {
    explain(error);
  }
}

/**
 * Rebuilds one channel, and waits until the projection has reached the end that the log had at the start.
 *
 * @returns that end, and whether it was reached within `waitMs`
 */
async function rebuild(
  { start, projectedSeq }: Projection,
  client: ParleyClient,
  channelId: string,
  waitMs: number,
): Promise<{ seq: number; done: boolean }> {
  const { seq } = await start(client, channelId);
  for (const until = Date.now() + waitMs; Date.now() < until;) {
    if (projectedSeq(await client.call(getProjection, { params: { channelId } })) >= seq)
      return { seq, done: true };
    await pause();
  }
  return { seq, done: false };
}

const pause = () => new Promise((resolve) => setTimeout(resolve, 200));

/**
 * Rebuilds all direct messages in batches, and prints the progress.
 *
 * @returns how many were started, how many failed to start, and how many were not complete within `waitMs` (`late`)
 */
async function rebuildDirectMessages(
  { startDirectMessages, backlog }: Projection,
  client: ParleyClient,
  waitMs: number,
): Promise<{ started: number; failed: number; late: number }> {
  const all = { started: 0, failed: 0, late: 0 };
  for (let cursor: string | null | undefined; cursor !== null;) {
    const query: Query = cursor ? { cursor } : {};
    const { channels, failed, nextCursor } = await startDirectMessages(client, query).catch(explain);
    all.started += channels - failed;
    all.failed += failed;
    let behind: number | undefined;
    for (const until = Date.now() + waitMs; channels > 0 && behind !== 0 && Date.now() < until;) {
      if (behind !== undefined) await pause();
      const before = behind;
      behind = backlog(await client.call(getDirectMessagesProjection, { query }));
      if (behind !== before)
        console.log(`direct messages: ${all.started} started, ${all.late + behind} behind`);
    }
    all.late += behind ?? 0;
    cursor = nextCursor;
  }
  return all;
}

/** Throws a CommandError where the user can resolve the error. */
function explain(error: unknown): never {
  if (error instanceof ParleyError && error.code === "forbidden") {
    throw new CommandError(
      "This account is neither the workspace's owner nor an admin.",
      "Log in as one: on a local server the first account to register is the owner.",
    );
  }
  throw error;
}

/**
 * Rebuilds channels one after the other, and prints the progress.
 *
 * @returns the exit code: 1 if a channel failed or is not complete yet
 */
export async function rebuildProjection(target: Projection, argv: string[]): Promise<number> {
  const { values } = parseArgs({
    args: argv,
    options: {
      url: { type: "string", default: "http://127.0.0.1:8787" },
      login: { type: "string" },
      channel: { type: "string", multiple: true },
      wait: { type: "string", default: "120" },
    },
  });
  const password = process.env["PARLEY_PASSWORD"];
  if (!values.login || !password) {
    throw new CommandError(
      "The login or the password is missing.",
      `PARLEY_PASSWORD=… npm run ${target.name} -- --login NAME`,
    );
  }
  const waitMs = Number(values.wait) * 1_000;
  if (!(waitMs > 0)) {
    throw new CommandError(
      `--wait needs a number of seconds, not ${values.wait}.`,
      `npm run ${target.name} -- --login NAME --wait 120`,
    );
  }
  await requireServer(values.url);
  const client = createClient({ url: values.url });
  await client.login({ login: values.login, password }).catch((error: unknown) => {
    if (error instanceof ParleyError && error.code === "unauthenticated")
      throw new CommandError("The login or the password is wrong.", "Check --login and PARLEY_PASSWORD.");
    throw error;
  });
  const missing: string[] = [];
  let rebuilt = 0;
  let events = 0;
  const late: string[] = [];
  for await (const channelId of values.channel ?? allChannels(client)) {
    const result = await rebuild(target, client, channelId, waitMs).catch((error: unknown) => {
      // A directory entry of a channel whose creation failed; an hourly task removes it.
      if (error instanceof ParleyError && error.code === "not_found") return undefined;
      return explain(error);
    });
    if (!result) {
      console.log(
        `· ${channelId}  ${values.channel ? "does not exist or is a direct message" : "was never created"}`,
      );
      missing.push(channelId);
      continue;
    }
    const { seq, done } = result;
    if (done) rebuilt++;
    else late.push(channelId);
    events += seq;
    console.log(`${done ? "✓" : "…"} ${channelId}  ${seq} events`);
  }
  const direct = values.channel ? undefined : await rebuildDirectMessages(target, client, waitMs);
  await client.logout();
  const left = late.length + (direct?.late ?? 0);
  const failed = direct?.failed ?? 0;
  console.log(
    [
      `\n${rebuilt} channels, ${events} events`,
      ...(direct ? [`${direct.started} direct messages`] : []),
      ...(left ? [`${left} continue in the background`] : []),
      ...(failed ? [`${failed} direct messages could not be started: run the command again`] : []),
    ].join("; "),
  );
  // A missing channel is an error only if --channel named it; entries of failed creations are removed by the hourly task.
  return left + failed > 0 || (values.channel && missing.length > 0) ? 1 : 0;
}
