import { expect } from "vitest";
import { reservedNameKey } from "../../../src/features/channels/decide.ts";
import type { Channel } from "../../../src/protocol/index.ts";
import type { Person } from "./cast.ts";
import { recordRows } from "./database.ts";
import { caughtUp, expectRecordIsLog } from "./projection.ts";
import { rowsOf } from "./room.ts";

export const make = (who: Person, name: string) => who.call("POST", "/v1/channels", { name });
export const archive = (who: Person, channelId: string) => who.call("DELETE", `/v1/channels/${channelId}`);
export const back = (who: Person, channelId: string) =>
  who.call("POST", `/v1/channels/${channelId}/unarchive`);
export const statusOf = async (answer: Promise<{ status: number }>) => (await answer).status;
export const claims = (channelId: string) =>
  recordRows<{ name_key: string; confirmed: number }>(
    "SELECT name_key, confirmed FROM channel_names WHERE channel_id = ?",
    channelId,
  );

/** Each live public channel holds its name, in the room and in D1, by one claim; archived and private ones hold none. */
export async function expectNamesAreHeld(...ids: string[]): Promise<void> {
  for (const id of ids) {
    await caughtUp(id);
    const [row] = await rowsOf<{ channel: string; name_claim: string | null }>(id, "SELECT * FROM channel");
    const channel = JSON.parse(row!.channel) as Channel;
    const { name, type, archivedAt } = channel;
    const reserved = reservedNameKey(channel);
    const held = await recordRows("SELECT name_key, claim FROM channel_names WHERE channel_id = ?", id);
    expect(held, `${name} ${type} ${archivedAt}`).toEqual(
      reserved === undefined ? [] : [{ name_key: reserved, claim: row!.name_claim }],
    );
    if (reserved === undefined) expect(row!.name_claim).toBeNull();
    await expectRecordIsLog(id);
  }
}
