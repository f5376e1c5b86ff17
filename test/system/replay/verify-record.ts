import type { Account } from "./accounts.ts";
import type { Expected } from "./expected.ts";
import type { ExpectedPeople } from "./expected-people.ts";
import { number } from "./progress.ts";
import { findRecord, readRecord } from "./record.ts";
import type { Head } from "./record.ts";
import { checked, differencesOf, eventually, otherThan } from "./verify.ts";
import type { Check } from "./verify.ts";

interface RecordToCheck extends Head {
  /** The server's state directory. */
  persistTo: string;
  expected: Expected;
  people: ExpectedPeople;
  accounts: ReadonlyMap<string, Account>;
}

/** The record in D1, row by row, where the server's files are at hand. */
export async function checkRecord(options: RecordToCheck): Promise<Check> {
  const { persistTo, channelId, head, patienceMs, expected, people, accounts } = options;
  const record = findRecord(persistTo, channelId);
  if (!record.found)
    return { what: "D1", summary: `not compared: ${record.reason}`, skipped: true, differences: [] };

  const userIds = [...accounts.values()].map(({ userId }) => userId);
  const followers = userIds.flatMap((userId) =>
    people.follows(userId).map(({ rootId, lastReadSeq }) => `${userId} ${rootId} ${lastReadSeq}`),
  );
  const mentions = people
    .mentionsInHistory()
    .toSorted((one, other) => one.seq - other.seq || (one.userId < other.userId ? -1 : 1));
  let summary = "";
  const look = async () => {
    const rows = readRecord(record.file, channelId);
    summary = `rows of ${number(rows.messages.length)} messages, ${number(rows.threads.size)} threads, ${number(rows.readers.size)} readers, ${number(rows.followers.size)} followers`;
    return [
      ...(rows.projectedSeq === head ? [] : [`it is at #${rows.projectedSeq}, the log at #${head}`]),
      ...differencesOf(expected.messages, rows.messages),
      ...otherThan("messages that are in the history wrongly, or missing there", 0, rows.misplaced),
      ...otherThan("threads", expected.threads.size, rows.threads.size),
      ...[...expected.threads.values()].flatMap(({ rootId, root, summary: wanted }) =>
        otherThan(`the thread of #${root.seq}`, wanted, rows.threads.get(rootId)),
      ),
      ...userIds.flatMap((userId) =>
        otherThan(`${userId} has read`, people.lastRead(userId), rows.readers.get(userId)),
      ),
      ...otherThan("followers", followers.length, rows.followers.size),
      ...followers.flatMap((row) => (rows.followers.has(row) ? [] : [`no follower ${row}`])),
      ...otherThan("mentions", mentions, rows.mentions),
    ];
  };
  const differences = await eventually(look, Date.now() + patienceMs);
  return checked("D1", summary, differences);
}
