import { expect, test } from "vitest";
import { createUsers } from "../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../support/worker/fixtures/channels.ts";

test("people talk", async () => {
  const [ann, bob] = await createUsers("ann", "bob");
  const channel = await createChannelFor(ann!, [bob!]);
  const socket = await bob!.connect(channel);
  await ann!.call("POST", `/v1/channels/${channel}/messages`, { content: "hi" });
  expect(await socket.next("messageCreate")).toMatchObject({ seq: 4, data: { message: { content: "hi" } } });
  expect((await bob!.call("GET", `/v1/channels/${channel}/messages`)).body.items).toHaveLength(1);
});
