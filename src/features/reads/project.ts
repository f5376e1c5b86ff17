import type { ReaderRow } from "../../domain/member-state-rows.ts";
import { channelReaders, type Statement, upsertMany } from "../../db/index.ts";

/** Projects read positions and notification levels of members. A row replaces only a row with a lower `rev`. */
export const projectReadStates = (channelId: string, rows: ReaderRow[]): Statement[] =>
  upsertMany(
    channelReaders,
    [channelReaders.channelId, channelReaders.userId],
    rows.map(({ userId, lastReadSeq, level, rev }) => ({ channelId, userId, lastReadSeq, level, rev })),
    { newerBy: channelReaders.rev, stamp: channelReaders.changedAt },
  );
