import { z } from "zod";
import { assertNever } from "../../errors/app-error.ts";
import { failpoint } from "../../lib/failpoint.ts";
import type { JobHandler, JobRow, StepResult } from "../jobs/index.ts";
import { type ArchiveEntry, deleteArchive, storeEnd, storeEntries } from "./archive.ts";
import { auditEntriesOf, channelPage, profileEntries } from "./records.ts";
import { exportFiles } from "./files.ts";
import { personalEntries } from "./personal-records.ts";

/** Where an export continues: `after` the last channel, audit entry or file; `segment`s of `bytes` bytes are stored. */
const Cursor = z.object({
  phase: z.enum(["profile", "personal", "audit", "messages", "files", "end"]),
  after: z.string(),
  /** In a channel that takes several steps: the `seq` after which its next messages are. */
  seq: z.number(),
  segment: z.number(),
  bytes: z.number(),
});
type Cursor = z.infer<typeof Cursor>;

const first: Cursor = { phase: "profile", after: "", seq: 0, segment: 0, bytes: 0 };

const readme = `Your data, as Parley has it.

profile.json         your account and status
sessions.json        your sessions
notifications.jsonl  your notifications
event-subscriptions.json
                     your event subscriptions, without their secrets
scheduled-messages.jsonl, reminders.jsonl, drafts.jsonl, saved-messages.jsonl
                     what you scheduled, asked to be reminded of, began to write and saved
workspace.json       your groups, and the custom emoji that you created
audit/*.jsonl        what the audit log recorded of your actions
messages/*.jsonl     your messages and thread replies, with earlier versions, by channel
reactions/*.jsonl    your reactions, by channel
files/fil_*          your files, named by their ids
files/*.jsonl        their names, types and hashes
`;

/**
 * Writes the archive of a user's own data. Each step stores one or more segments, then the cursor; a step that runs again overwrites them. What
 * changes during the export may be in it or not.
 */
export const exportJob: JobHandler = {
  discard: (env, { id }) => deleteArchive(env, id),

  async step(env, job) {
    const cursor = Cursor.parse(job.cursor ?? first);
    failpoint("job:before-export");
    switch (cursor.phase) {
      case "profile": {
        const entries = [textEntry("README.txt", readme), ...(await profileEntries(env, job.subjectId))];
        return stored(env, job, cursor, entries, { phase: "personal", after: "" });
      }
      case "personal": {
        const entries = await personalEntries(env, job.subjectId);
        return stored(env, job, cursor, entries, { phase: "audit", after: "" });
      }
      case "audit": {
        const { entries, next } = await auditEntriesOf(env, job.subjectId, cursor.after);
        return stored(
          env,
          job,
          cursor,
          entries,
          next === null ? { phase: "messages", after: "" } : { after: next },
        );
      }
      case "messages": {
        const page = await channelPage(env, job.subjectId, cursor);
        const next = page.next ?? { phase: "files" as const, after: "", seq: 0 };
        return stored(env, job, cursor, page.entries, next);
      }
      case "files": {
        const page = await exportFiles(env, job, cursor);
        const next = page.next === null ? { phase: "end" as const, after: "" } : { after: page.next };
        return result(job, { ...cursor, ...next, segment: page.segment, bytes: cursor.bytes + page.bytes });
      }
      case "end": {
        const bytes = cursor.bytes + (await storeEnd(env, job.id, cursor.segment));
        return { cursor: null, done: job.done + 1, total: job.done + 1, resultBytes: bytes };
      }
      default:
        return assertNever(cursor.phase);
    }
  },
};

const textEntry = (name: string, text: string): ArchiveEntry => ({
  name,
  data: new TextEncoder().encode(text),
});

async function stored(
  env: Env,
  job: JobRow,
  cursor: Cursor,
  entries: readonly ArchiveEntry[],
  next: Partial<Cursor>,
): Promise<StepResult> {
  if (entries.length === 0) return result(job, { ...cursor, ...next });
  const bytes = await storeEntries(env, job.id, cursor.segment, entries);
  return result(job, { ...cursor, ...next, segment: cursor.segment + 1, bytes: cursor.bytes + bytes });
}

const result = (job: JobRow, cursor: Cursor): StepResult => ({
  cursor,
  done: job.done + 1,
  total: job.done + 2,
});
