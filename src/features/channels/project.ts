import { eq, sql } from "drizzle-orm";
import { foldKey } from "../../text/fold-key.ts";
import { isOneOf, type LoggedEvent } from "../../domain/logged-event.ts";
import { channelNames, channels, type Database, type Statement } from "../../db/index.ts";

/** Projects the channel from its last event, and confirms or releases name claims. The row exists: the batch's fence inserted it. */
export function projectChannels(events: LoggedEvent[], db: Database): Statement[] {
  const changes = events.filter(isOneOf("channelCreate", "channelUpdate", "channelDelete"));
  const channel = changes.at(-1)?.data.channel;
  if (!channel) return [];
  const { id, createdAt, archivedAt, ...rest } = channel;
  const row = {
    ...rest,
    nameKey: rest.name && foldKey(rest.name),
    createdAt: Date.parse(createdAt),
    archivedAt: archivedAt === null ? null : Date.parse(archivedAt),
  };
  const claimed = changes.flatMap(({ projectionData }) => projectionData?.claim ?? []);
  const released = changes.flatMap(({ projectionData }) => projectionData?.releasedClaim ?? []);
  return [
    db.update(channels).set(row).where(eq(channels.id, id)),
    ...(claimed.length ? [db.update(channelNames).set({ confirmed: true }).where(among(claimed))] : []),
    ...(released.length ? [db.delete(channelNames).where(among(released))] : []),
  ];
}

const among = (claims: string[]) =>
  sql`${channelNames.claim} IN (SELECT value FROM json_each(${JSON.stringify(claims)}))`;
