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

/** Something that follows the channels' logs and can be written anew from them, as the script of this name does. */
export interface Projection {
  name: "reproject" | "reindex";
  /** Begins with one channel; answers where its log ends. */
  start(client: ParleyClient, channelId: string): Promise<{ seq: number }>;
  startDirectMessages(
    client: ParleyClient,
    query: Query,
  ): Promise<{ channels: number; failed: number; nextCursor: string | null }>;
  /** Up to where it has a channel's log. */
  projectedSeq(projection: { recordedSeq: number; indexedSeq: number }): number;
  /** Of how many direct messages it lacks something. */
  backlog(projection: { behind: number; unindexed: number }): number;
}

/** The options that both scripts have, for their help. */
export const optionsHelp = `
The ids of direct messages tell who is in them, so they are shown to nobody: of these there are only numbers.

Needs the workspace's owner or an admin: on a local server whoever registered first, which after \`npm run demo\` is its
Mira. The password is read from PARLEY_PASSWORD.

  --url URL        the server; http://127.0.0.1:8787 unless told
  --login NAME     username or e-mail
  --channel ID     only this channel, which has a name; may be given more than once
  --wait SECONDS   how long to wait for one channel, or for a batch of direct messages, before going on; 120 unless told
`;

/** Every channel of the workspace, a page at a time. */
async function* allChannels(client: ParleyClient): AsyncGenerator<string> {
  try {
    for await (const { channelId } of client.list(getAllChannelIds, { query: { limit: 100 } }))
      yield channelId;
  } catch (error) {
    explain(error);
  }
}

/** Begins with one channel and waits until the target has what the log had. False: not within the time. */
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

/** Rebuilds all direct messages, a batch at a time, and says how it goes. `late`: how many go on in the background. */
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

/** The ways in which a person can mend it, in words. */
function explain(error: unknown): never {
  if (error instanceof ParleyError && error.code === "forbidden") {
    throw new CommandError(
      "This account is neither the workspace's owner nor an admin.",
      "Log in as one: on a local server the first account to register is the owner.",
    );
  }
  throw error;
}

/** Writes channels anew, one after the other, and says how it goes. Answers the exit code: 1 where something is left to do. */
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
      "Who asks? The workspace's owner or an admin has to.",
      `PARLEY_PASSWORD=… npm run ${target.name} -- --login NAME`,
    );
  }
  const waitMs = Number(values.wait) * 1_000;
  if (!(waitMs > 0)) throw new CommandError(`--wait ${values.wait} is no number of seconds.`, "--wait 120");
  await requireServer(values.url);
  const client = createClient({ url: values.url });
  await client.login({ login: values.login, password }).catch((error: unknown) => {
    if (error instanceof ParleyError && error.code === "unauthenticated")
      throw new CommandError("Name and password do not match.", "Check --login and PARLEY_PASSWORD");
    throw error;
  });
  const missing: string[] = [];
  let rebuilt = 0;
  let events = 0;
  const late: string[] = [];
  for await (const channelId of values.channel ?? allChannels(client)) {
    const result = await rebuild(target, client, channelId, waitMs).catch((error: unknown) => {
      // Asked for once, never made: the hourly sweep takes it out of the directory.
      if (error instanceof ParleyError && error.code === "not_found") return undefined;
      return explain(error);
    });
    if (!result) {
      console.log(`· ${channelId}  ${values.channel ? "is no channel that has a name" : "was never made"}`);
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
      ...(left ? [`${left} go on in the background`] : []),
      ...(failed ? [`${failed} direct messages could not be started: run this again`] : []),
    ].join("; "),
  );
  // What the directory lists and nobody made is for the sweep; what was asked for by name is a mistake.
  return left + failed > 0 || (values.channel && missing.length > 0) ? 1 : 0;
}
