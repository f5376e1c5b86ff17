import { sql as drizzleSql } from "drizzle-orm";
import type { Context } from "hono";
import { foldKey } from "../../../text/fold-key.ts";
import { callObject, roomOf } from "../../../rpc/stubs.ts";
import { unwrap } from "../../../rpc/rpc-result.ts";
import { includesChannel } from "../../../domain/token-grant.ts";
import { inParallel } from "../../../lib/parallel.ts";
import { accountDatabase, users } from "../../../db/index.ts";
import { readAsReader } from "../../../http/authenticate-read.ts";
import type { AppEnv } from "../../../http/context.ts";
import { ChannelId } from "../../../protocol/index.ts";
import { isVisibleTo } from "../../users/index.ts";
import { rejectQuery } from "./parse.ts";
import { candidateValues } from "./operator-values.ts";
import { queryRows } from "../execution/run-statements.ts";
import { sql } from "../execution/sql-template.ts";

/** Looks up the values of `from:` and `in:`. Both methods throw `validation_failed` for an unknown name. */
export interface ResolvedNames {
  /** Returns a user id. */
  author(value: string): string;
  /** Returns the numbers of channels in the index. */
  channels(value: string): number[];
}

/** How many channels are searched that have had the same name, one after the other; the one that has it now comes first. */
const maxChannelsPerName = 20;
/** How many channels all `in:` operators of a query may name together: each of them costs a call of its room. */
const maxChannels = 60;
const maxParallelRooms = 10;

const isUserName = (value: string): boolean => /^[@＠]/.test(value);
const withoutSign = (value: string): string => value.replace(/^[@＠#＃]/, "").trim();
const keyOf = (value: string): string => foldKey(withoutSign(value));
const isMe = (value: string): boolean =>
  candidateValues(value).some((candidate) => keyOf(candidate) === "me");

/** Looks up all names of a query: the users in one statement, the channels in another one, and asks the room of each channel once. */
export async function resolveNames(
  c: Context<AppEnv>,
  authors: readonly string[],
  channels: readonly string[],
): Promise<ResolvedNames> {
  const idsOfUsers = lookUpUsers(c, [...authors, ...channels.filter(isUserName)]);
  const [userIdOf, numbersOf] = await Promise.all([idsOfUsers, lookUpChannels(c, channels, idsOfUsers)]);
  return {
    author: (value) =>
      userIdOf(value) ??
      rejectQuery("The value of `from:` must be `me`, or the username or id of an existing user"),
    channels: (value) =>
      numbersOf(value) ??
      rejectQuery(
        "The value of `in:` must be the name or id of a channel that you may read, or @ and a username",
      ),
  };
}

/** Looks up users by `me`, a username with or without its @, or an id. */
async function lookUpUsers(
  c: Context<AppEnv>,
  values: readonly string[],
): Promise<(value: string) => string | undefined> {
  const named = values.filter((value) => !isMe(value)).flatMap(candidateValues);
  const rows = named.length
    ? await readAsReader(c, (reader) =>
        accountDatabase(c.env)
          .select({ id: users.id, key: users.usernameKey })
          .from(users)
          .where(
            drizzleSql`(${users.id} IN (SELECT value FROM json_each(${JSON.stringify(named.map(withoutSign))}))
              OR ${users.usernameKey} IN (SELECT value FROM json_each(${JSON.stringify(named.map(keyOf))})))
              AND ${isVisibleTo(reader, drizzleSql`${users.id}`) ?? drizzleSql`TRUE`}`,
          )
          .all(),
      )
    : [];
  const byKey = new Map(rows.map(({ id, key }) => [key, id]));
  const ids = new Set(rows.map(({ id }) => id));
  return (value) =>
    isMe(value)
      ? c.var.claims.userId
      : candidateValues(value)
          .flatMap((candidate) =>
            ids.has(withoutSign(candidate)) ? withoutSign(candidate) : (byKey.get(keyOf(candidate)) ?? []),
          )
          .at(0);
}

interface ChannelRow {
  key: string;
  no: number;
  channelId: string;
}

/**
 * Looks up channels by name, by id, or by the other user of a direct conversation, and keeps those whose rooms admit the actor.
 * Several channels may have had the same name, since archived channels keep theirs. A user who has no direct
 * conversation with the actor yet is valid and matches no channel: the query finds nothing.
 */
async function lookUpChannels(
  c: Context<AppEnv>,
  values: readonly string[],
  idsOfUsers: Promise<(value: string) => string | undefined>,
): Promise<(value: string) => number[] | undefined> {
  const { userId } = c.var.claims;
  // Whether the actor may read a channel is one lookup for each channel of that name. SQLite would compute a list of all readable
  // channels only if a channel of that name exists, and the duration would reveal that it does.
  const userIdOf = values.some(isUserName) ? await idsOfUsers : () => undefined;
  const channelKey = (candidate: string): string =>
    ChannelId.safeParse(withoutSign(candidate)).success ? withoutSign(candidate) : keyOf(candidate);
  const keys = new Set(
    values
      .filter((value) => !isUserName(value))
      .flatMap(candidateValues)
      .map(channelKey),
  );
  const others = new Set(values.filter(isUserName).flatMap((value) => userIdOf(value) ?? []));
  const found =
    keys.size + others.size > 0
      ? await readAsReader(c, ({ isGuest }) =>
          queryRows<ChannelRow>(
            c.env,
            sql`SELECT name AS key, no, channelId FROM (
            SELECT name, no, channelId, row_number() OVER (
              PARTITION BY name ORDER BY archivedAt IS NOT NULL, type <> 'public', archivedAt DESC) AS position
            FROM (
              SELECT named.value AS name, c.no AS no, c.channel_id AS channelId, c.archived_at AS archivedAt, c.type AS type
              FROM json_each(${JSON.stringify([...keys])}) AS named
              CROSS JOIN search_channels AS c ON c.channel_id = named.value OR c.name_key = named.value
              WHERE (c.type = 'public' AND NOT ${isGuest ? 1 : 0}) OR EXISTS (
                SELECT 1 FROM search_members AS own WHERE own.user_id = ${userId} AND own.channel_no = c.no)
              UNION ALL
              SELECT other.value, c.no, c.channel_id, c.archived_at, c.type
              FROM search_members AS mine CROSS JOIN search_channels AS c ON c.no = mine.channel_no
              CROSS JOIN json_each(${JSON.stringify([...others])}) AS other
              WHERE mine.user_id = ${userId} AND c.type = 'direct' AND other.value = (
                SELECT group_concat(there.user_id) FROM search_members AS there
                WHERE there.channel_no = c.no
                  AND (there.user_id <> ${userId} OR other.value = ${userId}))
            )) WHERE position <= ${maxChannelsPerName} ORDER BY position LIMIT ${maxChannels}`,
          ),
        )
      : [];
  const nos = new Map<string, number[]>();
  await inParallel(
    // A channel that the token does not include is unknown to it.
    [
      ...Map.groupBy(
        found.filter(({ channelId }) => includesChannel(c.var.claims.grant, channelId)),
        ({ channelId }) => channelId,
      ),
    ],
    maxParallelRooms,
    async ([id, rows]) => {
      const admission = await callObject(() => roomOf(c.env, id).admit(c.var.actor));
      if (!admission.ok && admission.problem.code === "not_found") return;
      unwrap(admission);
      for (const { key, no } of rows) nos.set(key, [...(nos.get(key) ?? []), no]);
    },
  );
  return (value) => {
    if (!isUserName(value))
      return candidateValues(value)
        .flatMap((candidate) => [nos.get(channelKey(candidate)) ?? []])
        .find((own) => own.length > 0);
    const otherId = userIdOf(value);
    return otherId === undefined ? undefined : (nos.get(otherId) ?? []);
  };
}
