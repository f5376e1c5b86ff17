import { afterEach, expect, test } from "vitest";
import { channelOf, type Person, people } from "../../support/worker/cast.ts";
import {
  interceptDatabase,
  isProjection,
  restoreDatabase,
  unreachable,
} from "../../support/worker/database.ts";
import { allRecorded } from "../../support/worker/projection.ts";
import { answer, say } from "../../support/worker/reads.ts";

afterEach(restoreDatabase);

test("[RD1] [RD3] who was removed reads no root of a thread, also while the record does not have the removal", async () => {
  const [ann, bob] = (await people("ann", "bob")) as [Person, Person];
  const channelId = await channelOf(ann, [bob], { isPrivate: true });
  const root = await say(ann, channelId, "private words");
  await answer(bob, channelId, root.id, "reply");
  await allRecorded(channelId);
  interceptDatabase((trip) => (isProjection(trip) ? unreachable() : trip.run()));
  const removed = await ann.call("DELETE", `/v1/channels/${channelId}/members/${bob.userId}`);
  expect(removed.status, "in force, not yet confirmed").toBe(503);
  expect((await bob.call("GET", `/v1/channels/${channelId}/messages/${root.id}`)).status).toBe(404);
  expect((await bob.call("GET", "/v1/users/me/threads")).text).not.toContain("private words");
});
