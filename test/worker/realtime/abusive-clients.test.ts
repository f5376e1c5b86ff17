import { expect, test } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { connectGateway } from "../../support/worker/clients/gateway-client.ts";
import { requestUpgrade } from "../../support/worker/clients/socket-client.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { setRoomConfig } from "../../support/worker/objects/room-object.ts";

test("[RM11] [GW2] repeated subscribes to unknown channels close with 4400", async () => {
  const ann = await createUser("ann");
  const [looking, resuming] = [await connectGateway(ann), await connectGateway(ann)];
  const epoch = "an-epoch-of-old";
  for (let count = 0; count < 25; count++)
    expect(await resuming.subscribe(newId("chn"), { since: 1, epoch })).toMatchObject({
      error: { code: "not_found" },
    });
  for (let count = 0; count < 20; count++)
    expect(await looking.subscribe(newId("chn"))).toMatchObject({ error: { code: "not_found" } });
  expect((await looking.closed).code).toBe(4400);
  expect(await resuming.subscribe(await createChannelFor(ann))).toMatchObject({ type: "subscribed" });
});

test("[LM3] a user's sockets in one room are limited; one above is rejected early", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob]);
  await setRoomConfig(channelId, { ROOM_USER_SOCKETS: 2 });
  const first = await ann.connect(channelId);
  await ann.connect(channelId);
  const refused = await requestUpgrade(`/v1/channels/${channelId}/realtime`, ann.token);
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get("Retry-After"))).toBeGreaterThan(0);
  expect(await refused.json()).toMatchObject({ code: "rate_limited" });
  await bob.connect(channelId);
  // The gateway socket is counted by the hub.
  const gateway = await connectGateway(ann);
  expect(await gateway.subscribe(channelId)).toMatchObject({ type: "subscribed" });
  first.close();
  await first.closed;
  await ann.connect(channelId);
});
