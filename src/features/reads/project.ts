import type { ReaderRow } from "../../domain/member-state-rows.ts";
import { channelReaders, type Statement, upsertMany } from "../../db/index.ts";

/** Up to where members have read, and what they want to be notified of. A row is written only over an older one. */
export const projectReadStates = (channelId: string, rows: ReaderRow[]): Statement[] =>
  upsertMany(
    channelReaders,
    [channelReaders.channelId, channelReaders.userId],
    rows.map(({ userId, lastReadSeq, level, rev }) => ({ channelId, userId, lastReadSeq, level, rev })),
    { newerBy: channelReaders.rev, stamp: channelReaders.changedAt },
  );
