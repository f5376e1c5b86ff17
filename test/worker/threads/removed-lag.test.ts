import { afterEach, expect, test } from "vitest";
import { postMessage, postReply } from "../../support/worker/clients/messages.ts";
import {
  interceptDatabase,
  isProjectionBatch,
  rejectAsUnreachable,
  restoreDatabases,
} from "../../support/worker/fakes/database-interceptor.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { waitForProjections } from "../../support/worker/objects/projection.ts";

afterEach(restoreDatabases);

test("[RD1] [RD3] a removed member cannot read thread roots, even before D1 has it", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob], { isPrivate: true });
  const root = await postMessage(ann, channelId, "private words");
  await postReply(bob, root, "reply");
  await waitForProjections(channelId);
  interceptDatabase((trip) => (isProjectionBatch(trip) ? rejectAsUnreachable() : trip.run()));
  const removed = await ann.call("DELETE", `/v1/channels/${channelId}/members/${bob.userId}`);
  expect(removed.status, "in force, not yet confirmed").toBe(503);
  expect((await bob.call("GET", `/v1/channels/${channelId}/messages/${root.id}`)).status).toBe(404);
  expect((await bob.call("GET", "/v1/users/me/threads")).text).not.toContain("private words");
});
