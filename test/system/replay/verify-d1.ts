import type { Account } from "./accounts.ts";
import type { Expected } from "./expected.ts";
import type { ExpectedUsers } from "./expected-users.ts";
import { formatCount } from "../../../scripts/support/progress.ts";
import { findD1File, readD1Rows } from "./d1-rows.ts";
import type { ChannelHead } from "./d1-rows.ts";
import { createCheck, compareMessages, pollDifferences, compareValues } from "./verify.ts";
import type { Check } from "./verify.ts";

interface D1CheckOptions extends ChannelHead {
  /** The server's state directory. */
  persistTo: string;
  expected: Expected;
  expectedUsers: ExpectedUsers;
  accounts: ReadonlyMap<string, Account>;
}

/** Compares the rows of the channel in D1 with the expectation, if the server's files can be read. */
export async function checkD1(options: D1CheckOptions): Promise<Check> {
  const { persistTo, channelId, head, timeoutMs, expected, expectedUsers, accounts } = options;
  const database = findD1File(persistTo, channelId);
  if (!database.found)
    return { what: "D1", summary: `not compared: ${database.reason}`, skipped: true, differences: [] };

  const userIds = [...accounts.values()].map(({ userId }) => userId);
  const followers = userIds.flatMap((userId) =>
    expectedUsers.follows(userId).map(({ rootId, lastReadSeq }) => `${userId} ${rootId} ${lastReadSeq}`),
  );
  const mentions = expectedUsers
    .mentionsInHistory()
    .toSorted((one, other) => one.seq - other.seq || (one.userId < other.userId ? -1 : 1));
  let summary = "";
  const compare = async () => {
    const rows = readD1Rows(database.file, channelId);
    summary = `rows of ${formatCount(rows.messages.length)} messages, ${formatCount(rows.threads.size)} threads, ${formatCount(rows.readers.size)} readers, ${formatCount(rows.followers.size)} followers`;
    return [
      ...(rows.projectedSeq === head ? [] : [`D1 is at #${rows.projectedSeq}, the log at #${head}`]),
      ...compareMessages(expected.messages, rows.messages),
      ...compareValues("messages with a wrong `in_channel`", 0, rows.misplaced),
      ...compareValues("threads", expected.threads.size, rows.threads.size),
      ...[...expected.threads.values()].flatMap(({ rootId, root, summary: wanted }) =>
        compareValues(`the thread of #${root.seq}`, wanted, rows.threads.get(rootId)),
      ),
      ...userIds.flatMap((userId) =>
        compareValues(`${userId} has read`, expectedUsers.lastRead(userId), rows.readers.get(userId)),
      ),
      ...compareValues("followers", followers.length, rows.followers.size),
      ...followers.flatMap((row) => (rows.followers.has(row) ? [] : [`no follower ${row}`])),
      ...compareValues("mentions", mentions, rows.mentions),
    ];
  };
  const differences = await pollDifferences(compare, Date.now() + timeoutMs);
  return createCheck("D1", summary, differences);
}
