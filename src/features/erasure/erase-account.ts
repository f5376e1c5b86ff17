import { asc, count, gt } from "drizzle-orm";
import { z } from "zod";
import { accountDatabase, channelDirectory } from "../../db/index.ts";
import type { UserFacts } from "../../domain/actor.ts";
import { assertNever, reject } from "../../errors/app-error.ts";
import { failpoint } from "../../lib/failpoint.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { callObject, hubOf, roomOf } from "../../rpc/stubs.ts";
import { eraseAddresses } from "../audit/index.ts";
import { deleteExportsOf } from "../exports/index.ts";
import type { JobHandler, JobRow, StepResult } from "../jobs/index.ts";
import { accountFacts, eraseUser, findUser } from "../users/index.ts";
import { deleteEventSubscriptionsOf } from "../event-subscriptions/index.ts";

/** Where the erasure of an account continues. `position` is that of the room after `after`. */
const Cursor = z.discriminatedUnion("phase", [
  z.object({ phase: z.literal("account") }),
  z.object({
    phase: z.literal("rooms"),
    after: z.string(),
    position: z.object({
      part: z.enum(["account", "joins", "history", "replies", "projections"]),
      after: z.number(),
    }),
  }),
  z.object({ phase: z.literal("hub") }),
  z.object({ phase: z.literal("records") }),
]);
type Cursor = z.infer<typeof Cursor>;

/** Calls of rooms in one step. */
const callsPerStep = 20;
const auditRowsPerStep = 1_000;
const firstPosition = { part: "account" as const, after: 0 };
/** Steps besides the rooms. */
const otherSteps = 3;

/**
 * Erases an account. First D1 and the user's hub: from then on no session exists. Then each room: the user's own hub does not know all rooms
 * in which they ever wrote, so all are called. Then the user's files and hub, then what the audit log has about their devices.
 */
export const eraseAccountJob: JobHandler = {
  async step(env, job) {
    const cursor = Cursor.parse(job.cursor ?? { phase: "account" });
    failpoint("job:before-erase");
    switch (cursor.phase) {
      case "account":
        return eraseAccount(env, job);
      case "rooms":
        return eraseFromRooms(env, job, cursor);
      case "hub": {
        await deleteEventSubscriptionsOf(env, job.subjectId);
        await deleteExportsOf(env, job.subjectId);
        const { isDone } = unwrap(await callObject(() => hubOf(env, job.subjectId).erase()));
        if (!isDone) reject("unavailable", "Files of the account are still being deleted");
        return { cursor: { phase: "records" } satisfies Cursor, done: job.done + 1, total: job.total };
      }
      case "records": {
        const isDone = await eraseAddresses(env, job.subjectId, auditRowsPerStep);
        return { cursor: isDone ? null : cursor, done: job.done + (isDone ? 1 : 0), total: job.total };
      }
      default:
        return assertNever(cursor);
    }
  },
};

async function eraseAccount(env: Env, job: JobRow): Promise<StepResult> {
  const row = await eraseUser(env, job.subjectId);
  const rooms = await accountDatabase(env).select({ n: count() }).from(channelDirectory).get();
  const total = (rooms?.n ?? 0) + otherSteps;
  if (!row) return { cursor: null, done: total, total };
  return { cursor: { phase: "rooms", after: "", position: firstPosition } satisfies Cursor, done: 1, total };
}

async function eraseFromRooms(
  env: Env,
  job: JobRow,
  cursor: Extract<Cursor, { phase: "rooms" }>,
): Promise<StepResult> {
  const row = await findUser(accountDatabase(env), job.subjectId);
  if (!row) return { cursor: { phase: "hub" } satisfies Cursor, done: job.done, total: job.total };
  const { credentialVersion: _, ...facts } = accountFacts(row);
  const messages = job.options["messages"] === "delete" ? "delete" : "keep";
  const rooms = await accountDatabase(env)
    .select({ channelId: channelDirectory.channelId })
    .from(channelDirectory)
    .where(gt(channelDirectory.channelId, cursor.after))
    .orderBy(asc(channelDirectory.channelId))
    .limit(callsPerStep);
  let { after, position } = cursor;
  let { done, total } = job;
  let calls = 0;
  for (const { channelId } of rooms) {
    let next: typeof position | null = position;
    while (next && calls < callsPerStep) {
      calls++;
      next = await eraseFromRoom(env, channelId, { facts, messages }, next);
    }
    if (next) return { cursor: { phase: "rooms", after, position: next } satisfies Cursor, done, total };
    [after, position] = [channelId, firstPosition];
    done++;
    total = Math.max(total, done + otherSteps - 1);
  }
  const isLast = rooms.length < callsPerStep;
  return {
    cursor: (isLast ? { phase: "hub" } : { phase: "rooms", after, position }) satisfies Cursor,
    done,
    total,
  };
}

async function eraseFromRoom(
  env: Env,
  channelId: string,
  request: { facts: UserFacts; messages: "keep" | "delete" },
  position: Extract<Cursor, { phase: "rooms" }>["position"],
) {
  return unwrap(await callObject(() => roomOf(env, channelId).eraseMember(request, position)));
}
