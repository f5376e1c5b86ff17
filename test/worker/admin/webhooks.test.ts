import { beforeAll, expect, test } from "vitest";
import { addMember, getAllIncomingWebhooks, type ListedWebhook } from "../../../src/protocol/index.ts";
import {
  expectForAdminsOnly,
  expectHostileQueriesRejected,
  readPages,
} from "../../support/worker/assertions/admin-list.ts";
import { expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { createWebhookFor } from "../../support/worker/fixtures/incoming-webhooks.ts";
import { waitForProjection } from "../../support/worker/objects/projection.ts";

let ann: TestUser;
let admin: TestUser;
let open: string;
let hidden: string;
const ids: string[] = [];

beforeAll(async () => {
  ann = await createUser("ann");
  admin = await createUser("boss", { role: "admin" });
  open = await createChannelFor(ann);
  hidden = await createChannelFor(ann, [], { isPrivate: true });
  for (const channelId of [open, hidden, open])
    ids.push((await createWebhookFor(ann, channelId, { icon: ":bell:" })).webhook.id);
  await Promise.all([waitForProjection(open), waitForProjection(hidden)]);
});

const list = (as: TestUser, limit = 100) => readPages<ListedWebhook>(getAllIncomingWebhooks, as, limit);

test("[AD1] the list has the webhooks of all channels, oldest first, in pages", async () => {
  const all = await list(admin);
  expect(all.map(({ id }) => id)).toEqual(ids);
  expect(all[0]).toMatchObject({ channelId: open, icon: ":bell:", createdBy: ann.userId });
  expect(all[0]!.channelName).toMatch(/^channel \d+$/);
  expect(JSON.stringify(all)).not.toContain("/hooks/");
  expect(await list(admin, 1)).toEqual(all);
  expect(await list(admin, 2)).toEqual(all);
});

test("[AD1] a private channel's name and icon are hidden until the admin is in it", async () => {
  expect((await list(admin))[1]).toMatchObject({ channelId: hidden, channelName: null, icon: null });
  await expectOk(addMember, { as: ann, params: { channelId: hidden }, body: { userId: admin.userId } });
  await waitForProjection(hidden);
  const seen = (await list(admin))[1]!;
  expect(seen.channelName).toMatch(/^channel \d+$/);
  expect(seen.icon).toBe(":bell:");
  const owner = await createUser("owner", { role: "owner" });
  expect((await list(owner))[1]).toMatchObject({ channelName: null, icon: null });
});

test("[AD1] only the owner and admins read the list, with the scope `admin`", () =>
  expectForAdminsOnly(getAllIncomingWebhooks, admin));

test("[AD1] invalid queries are rejected", () => expectHostileQueriesRejected(getAllIncomingWebhooks, admin));
