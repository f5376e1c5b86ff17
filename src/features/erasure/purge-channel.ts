import { z } from "zod";
import { deleteChannelBatch, deletePurgedChannel, findFileIds } from "./channel-rows.ts";
import { assertNever, reject } from "../../errors/app-error.ts";
import { failpoint } from "../../lib/failpoint.ts";
import { callObject, hubOf, roomOf } from "../../rpc/stubs.ts";
import { notifyDroppedFiles } from "../files/index.ts";
import { deleteChannelFromIndex } from "../search/index.ts";
import type { JobHandler } from "../jobs/index.ts";

/** Where the deletion of a channel continues. */
const Cursor = z.discriminatedUnion("phase", [
  z.object({ phase: z.literal("close") }),
  z.object({ phase: z.literal("files"), after: z.string() }),
  z.object({ phase: z.literal("readers"), after: z.string() }),
  z.object({ phase: z.literal("object") }),
  z.object({ phase: z.literal("database") }),
  z.object({ phase: z.literal("search") }),
  z.object({ phase: z.literal("names") }),
]);
type Cursor = z.infer<typeof Cursor>;

const phases = ["close", "files", "readers", "object", "database", "search", "names"] as const;

/** How long a step waits until the hubs have deleted the files of a page. */
const filesTimeoutMs = 5_000;
const pollMs = 200;

/**
 * Deletes a channel for good. The room is closed first, so that nothing is added. Its files and its members' hubs are next, because only the
 * room knows them. Then its object is deleted, which leaves a mark, then its rows in D1 and the index, and last its name, which can be used
 * again.
 */
export const purgeChannelJob: JobHandler = {
  async step(env, job) {
    const channelId = job.subjectId;
    const cursor = Cursor.parse(job.cursor ?? { phase: "close" });
    failpoint("job:before-purge");
    const next = await nextCursor(env, channelId, cursor);
    return {
      cursor: next,
      done: next ? phases.indexOf(next.phase) : phases.length,
      total: phases.length,
    };
  },
};

async function nextCursor(env: Env, channelId: string, cursor: Cursor): Promise<Cursor | null> {
  const room = () => roomOf(env, channelId);
  switch (cursor.phase) {
    case "close":
      if (!(await callObject(() => room().purge({ kind: "close" }))).isDone)
        reject("unavailable", "The database does not have everything of the channel yet");
      return { phase: "files", after: "" };
    case "files": {
      const { after } = cursor;
      const { files, next } = await callObject(() => room().purge({ kind: "files", after }));
      await notifyDroppedFiles(env, files);
      await waitForFiles(
        env,
        files.map(({ fileId }) => fileId),
      );
      return next === null ? { phase: "readers", after: "" } : { phase: "files", after: next };
    }
    case "readers": {
      const { after } = cursor;
      const { readers, next } = await callObject(() => room().purge({ kind: "readers", after }));
      await Promise.all(
        readers.map(({ userId, member }) =>
          callObject(() => hubOf(env, userId).forgetChannel(channelId, member)),
        ),
      );
      return next === null ? { phase: "object" } : { phase: "readers", after: next };
    }
    case "object":
      await callObject(() => room().purge({ kind: "destroy" }));
      return { phase: "database" };
    case "database":
      return (await deleteChannelBatch(env, channelId)) ? { phase: "search" } : cursor;
    case "search":
      return (await deleteChannelFromIndex(env, channelId)) ? { phase: "names" } : cursor;
    case "names":
      await deletePurgedChannel(env, channelId);
      return null;
    default:
      return assertNever(cursor);
  }
}

/** @throws `unavailable` when the hubs have not deleted all of the files in time */
async function waitForFiles(env: Env, fileIds: readonly string[]): Promise<void> {
  for (const deadline = Date.now() + filesTimeoutMs; Date.now() < deadline;) {
    if ((await findFileIds(env, fileIds)).length === 0) return;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
  reject("unavailable", "Files of the channel are still being deleted");
}
