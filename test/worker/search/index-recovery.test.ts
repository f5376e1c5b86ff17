import { afterEach, test, vi } from "vitest";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { expectIndexMatchesLog } from "../../support/worker/assertions/search-index.ts";
import { skipBatchInterval } from "../../support/worker/fakes/clock.ts";
import { type ActiveChannel, createActiveChannel } from "../../support/worker/fixtures/sample-channels.ts";
import { runScheduledTask } from "../../support/worker/objects/projection.ts";
import { roomRows } from "../../support/worker/objects/room-object.ts";
import {
  countOrphanDocuments,
  indexedChannel,
  indexRows,
  insertOrphanDocuments,
  waitForIndex,
} from "../../support/worker/objects/search-index.ts";

afterEach(() => void vi.useRealTimers());

const write = ({ ann, channelId }: ActiveChannel) =>
  ann.call("POST", `/v1/channels/${channelId}/messages`, { content: "anything" });

const lose = [
  "DELETE FROM search_text WHERE rowid IN (SELECT doc FROM documents WHERE channel_no = ?)",
  "DELETE FROM documents WHERE channel_no = ?",
  "DELETE FROM search_members WHERE channel_no = ?",
  "DELETE FROM channel_text WHERE rowid = ?",
  "DELETE FROM search_channels WHERE no = ?",
];
for (const [what, isOfAnother, spoil] of [
  ["thrown away whole", false, lose],
  [
    "set back to an earlier place",
    false,
    ["UPDATE search_channels SET indexed_seq = 5, head = 6 WHERE no = ?"],
  ],
  ["of another life of the log", true, ["UPDATE search_channels SET epoch = 'another' WHERE no = ?"]],
  [
    "past the log's end",
    true,
    ["UPDATE search_channels SET head = 900, indexed_seq = indexed_seq - 1 WHERE no = ?"],
  ],
  ["of a later generation", true, ["UPDATE search_channels SET generation = 7 WHERE no = ?"]],
] as const)
  test(`[SR1] an index that is ${what} recovers with the next write`, async () => {
    const lively = await createActiveChannel();
    const { channelId } = lively;
    await waitForIndex(channelId);
    const { no } = (await indexedChannel(channelId))!;
    if (isOfAnother) {
      await insertOrphanDocuments(channelId, 2);
      await indexRows("UPDATE documents SET rev = rev + 900, deleted = 1 WHERE channel_no = ?", no);
    }
    for (const statement of spoil) await indexRows(statement, no);
    skipBatchInterval();
    await write(lively);
    await eventually(
      async () => (await indexedChannel(channelId))?.indexed_seq === (await headOf(channelId)),
    );
    if (isOfAnother) await runScheduledTask(channelId, "leftovers");
    await eventually(async () => (await countOrphanDocuments()) === 0, "the remaining rows");
    await expectIndexMatchesLog(channelId);
  });

const headOf = async (channelId: string): Promise<number> =>
  (await roomRows<{ head: number }>(channelId, "SELECT max(seq) AS head FROM log"))[0]!.head;
