import { eq } from "drizzle-orm";
import type { Context } from "hono";
import { foldKey } from "../../core/fold.ts";
import { callObject, roomOf } from "../../core/objects.ts";
import { unwrap } from "../../core/outcome.ts";
import { inParallel } from "../../core/parallel.ts";
import { accounts, users } from "../../db/index.ts";
import type { AppEnv } from "../../http/context.ts";
import { ChannelId, UserId } from "../../protocol/index.ts";
import { findUser } from "../users/index.ts";
import { periodOf } from "./query/dates.ts";
import { wrongQuery } from "./query/parse.ts";
import type { Filter, Flag, OperatorTerm, ParsedClause, SearchClause } from "./query/terms.ts";
import { rowsOf } from "./run.ts";
import { sql } from "./sql.ts";

/** A query with its operators understood: names, times and flags as the index has them. Refuses a wrong one, and says why. */
export async function resolve(c: Context<AppEnv>, clauses: readonly ParsedClause[]): Promise<SearchClause[]> {
  const known = new Map<string, Promise<Filter>>();
  let timeZone: Promise<string> | undefined;
  const filterOf = ({ name, value }: OperatorTerm): Promise<Filter> => {
    const key = `${name}:${value}`;
    const filter = known.get(key) ?? resolveOne(c, name, value, () => (timeZone ??= timeZoneOf(c)));
    known.set(key, filter);
    return filter;
  };
  return Promise.all(
    clauses.map((clause) =>
      Promise.all(
        clause.map(async ({ negated, term }) => ({
          negated,
          term: term.kind === "operator" ? await filterOf(term) : term,
        })),
      ),
    ),
  );
}

async function resolveOne(
  c: Context<AppEnv>,
  name: OperatorTerm["name"],
  value: string,
  timeZone: () => Promise<string>,
): Promise<Filter> {
  switch (name) {
    case "from":
      return { kind: "author", userId: await authorOf(c, value) };
    case "in":
      return { kind: "channels", nos: await channelsOf(c, value) };
    case "has":
      return flagFilter(name, value, { file: "has_file", link: "has_link", reaction: "has_reaction" });
    case "is":
      return flagFilter(name, value, { thread: "in_thread", pinned: "pinned" });
    default:
      return timeFilter(name, value, await timeZone());
  }
}

function flagFilter(name: string, value: string, flags: Record<string, Flag>): Filter {
  const wanted = value.toLowerCase();
  const flag = Object.hasOwn(flags, wanted) ? flags[wanted] : undefined;
  return flag
    ? { kind: "flag", flag }
    : wrongQuery(`\`${name}:\` wants one of ${Object.keys(flags).join(", ")}`);
}

const longAgo = Date.UTC(0, 0, 1);
const farAhead = Date.UTC(10_001, 0, 1);

function timeFilter(name: "before" | "after" | "on", value: string, timeZone: string): Filter {
  const period =
    periodOf(value, timeZone, Date.now()) ??
    wrongQuery(`\`${name}:\` wants a date that there is: YYYY-MM-DD, YYYY-MM, YYYY, today or yesterday`);
  const { fromMs, toMs } = period;
  if (name === "before") return { kind: "time", fromMs: longAgo, toMs: fromMs };
  if (name === "after") return { kind: "time", fromMs: toMs, toMs: farAhead };
  return { kind: "time", fromMs, toMs };
}

async function timeZoneOf(c: Context<AppEnv>): Promise<string> {
  const user = await findUser(accounts(c.env), c.var.actor.userId);
  return user?.timeZone ?? "UTC";
}

/** The user who is named: `me`, a username with or without its @, or an id. */
async function authorOf(c: Context<AppEnv>, value: string): Promise<string> {
  if (value === "me") return c.var.actor.userId;
  const isId = UserId.safeParse(value).success;
  const user = await accounts(c.env)
    .select({ id: users.id })
    .from(users)
    .where(isId ? eq(users.id, value) : eq(users.usernameKey, foldKey(value.replace(/^@/, ""))))
    .get();
  return user?.id ?? wrongQuery("`from:` wants me, a username or the id of a user that there is");
}

const namesakes = 20;
const roomsAtOnce = 10;

/** The channels of this name or id that one may read, by word of their rooms: archived ones may have names of others. */
async function channelsOf(c: Context<AppEnv>, value: string): Promise<number[]> {
  const { actor } = c.var;
  const named = ChannelId.safeParse(value).success
    ? sql`channel_id = ${value}`
    : sql`name_key = ${foldKey(value.replace(/^#/, ""))}`;
  // By one lookup for each channel of that name: a list of all readable channels would be made only where there is such a channel, and
  // the duration would tell that there is.
  const found = await rowsOf<{ no: number; channelId: string }>(
    c.env,
    sql`SELECT no, channel_id AS channelId FROM search_channels
      WHERE ${named} AND (type = 'public' OR EXISTS (
        SELECT 1 FROM search_members WHERE user_id = ${actor.userId} AND channel_no = no))
      ORDER BY archived_at IS NOT NULL, type <> 'public', archived_at DESC LIMIT ${namesakes}`,
  );
  const nos: number[] = [];
  await inParallel(found, roomsAtOnce, async ({ no, channelId }) => {
    const admission = await callObject(() => roomOf(c.env, channelId).admit(actor));
    if (!admission.ok && admission.problem.code === "not_found") return;
    unwrap(admission);
    nos.push(no);
  });
  return nos.length ? nos : wrongQuery("`in:` wants the name or id of a channel that you may read");
}
