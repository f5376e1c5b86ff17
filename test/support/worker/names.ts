import { expect } from "vitest";
import { foldKey } from "../../../src/core/fold.ts";
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

/** Each live channel holds its name, in the room and in D1, by one claim; archived ones hold none. */
export async function expectNamesAreHeld(...ids: string[]): Promise<void> {
  for (const id of ids) {
    await caughtUp(id);
    const [row] = await rowsOf<{ channel: string; name_claim: string | null }>(id, "SELECT * FROM channel");
    const { name, archivedAt } = JSON.parse(row!.channel) as { name: string; archivedAt: string | null };
    const held = await recordRows("SELECT name_key, claim FROM channel_names WHERE channel_id = ?", id);
    expect(held, `${name} ${archivedAt}`).toEqual(
      archivedAt === null ? [{ name_key: foldKey(name), claim: row!.name_claim }] : [],
    );
    if (archivedAt !== null) expect(row!.name_claim).toBeNull();
    await expectRecordIsLog(id);
  }
}
