import { expect } from "vitest";
import { reservedNameKey } from "../../../src/features/channels/decide.ts";
import type { Channel } from "../../../src/protocol/index.ts";
import type { TestUser } from "./cast.ts";
import { databaseRows } from "./database.ts";
import { waitForProjection, expectDatabaseMatchesLog } from "./projection.ts";
import { roomRows } from "./room.ts";

export const requestChannel = (who: TestUser, name: string) => who.call("POST", "/v1/channels", { name });
export const requestArchive = (who: TestUser, channelId: string) => who.call("DELETE", `/v1/channels/${channelId}`);
export const requestUnarchive = (who: TestUser, channelId: string) =>
  who.call("POST", `/v1/channels/${channelId}/unarchive`);
export const statusOf = async (answer: Promise<{ status: number }>) => (await answer).status;
export const nameClaims = (channelId: string) =>
  databaseRows<{ name_key: string; confirmed: number }>(
    "SELECT name_key, confirmed FROM channel_names WHERE channel_id = ?",
    channelId,
  );

/** Each live public channel holds its name, in the room and in D1, by one claim; archived and private ones hold none. */
export async function expectNamesReserved(...ids: string[]): Promise<void> {
  for (const id of ids) {
    await waitForProjection(id);
    const [row] = await roomRows<{ channel: string; name_claim: string | null }>(id, "SELECT * FROM channel");
    const channel = JSON.parse(row!.channel) as Channel;
    const { name, type, archivedAt } = channel;
    const reserved = reservedNameKey(channel);
    const held = await databaseRows("SELECT name_key, claim FROM channel_names WHERE channel_id = ?", id);
    expect(held, `${name} ${type} ${archivedAt}`).toEqual(
      reserved === undefined ? [] : [{ name_key: reserved, claim: row!.name_claim }],
    );
    if (reserved === undefined) expect(row!.name_claim).toBeNull();
    await expectDatabaseMatchesLog(id);
  }
}
