import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import { resolveStaleClaims } from "../../../src/features/channels/index.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { crashAt } from "../../support/worker/fakes/crashes.ts";
import {
  interceptDatabase,
  isProjectionBatch,
  rejectAsUnreachable,
  restoreDatabases,
} from "../../support/worker/fakes/database-interceptor.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import {
  expectNamesReserved,
  nameClaims,
  requestArchive,
  requestChannel,
  requestUnarchive,
  statusOf,
} from "../../support/worker/fixtures/channel-names.ts";
import { writeDatabase } from "../../support/worker/objects/database.ts";
import { exhaustRetries, runScheduledTask } from "../../support/worker/objects/projection.ts";
import { roomStub } from "../../support/worker/objects/room-object.ts";

afterEach(() => {
  onFailpoint(undefined);
  restoreDatabases();
  vi.useRealTimers();
});

const stallProjection = () =>
  interceptDatabase((call) => (isProjectionBatch(call) ? rejectAsUnreachable() : call.run()));

test("[CH1] [NM2] [PJ4] a room that crashes after archiving releases its name later", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const id = (await requestChannel(ann, "mortal")).body.id as string;
  const lost = requestArchive(ann, id).catch(() => undefined);
  await crashAt("room:after-commit");
  await lost;
  expect((await nameClaims(id)).length, "D1 is behind").toBe(1);
  await eventually(async () => {
    await runScheduledTask(id);
    return (await nameClaims(id)).length === 0;
  }, "the name to be released");
  expect(await statusOf(requestChannel(bob, "mortal"))).toBe(201);
  expect(await statusOf(requestUnarchive(ann, id))).toBe(409);
  await expectNamesReserved(id);
});

test("[CH1] [NM2] with D1 down only the archived channel gets its name back", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const id = (await requestChannel(ann, "stuck")).body.id as string;
  stallProjection();
  expect(await statusOf(requestArchive(ann, id))).toBe(204);
  expect(await statusOf(requestChannel(bob, "stuck"))).toBe(409);
  expect(await statusOf(requestUnarchive(ann, id))).toBe(200);
  expect(await statusOf(requestChannel(bob, "stuck"))).toBe(409);
  await exhaustRetries(id);
  restoreDatabases();
  await eventually(async () => {
    await runScheduledTask(id);
    return (await nameClaims(id))[0]?.confirmed === 1;
  }, "the new claim in D1");
  expect(await nameClaims(id)).toEqual([{ name_key: "stuck", confirmed: 1 }]);
  await expectNamesReserved(id);
});

test("[CH1] [NM2] a crash while unarchiving blocks the name only briefly", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const id = (await requestChannel(ann, "half way")).body.id as string;
  await requestArchive(ann, id);
  const lost = requestUnarchive(ann, id).catch(() => undefined);
  await crashAt("room:before-commit");
  await lost;
  expect(await nameClaims(id)).toEqual([{ name_key: "half way", confirmed: 0 }]);
  await writeDatabase("UPDATE channel_names SET claimed_at = claimed_at - 700000 WHERE channel_id = ?", id);
  expect(await resolveStaleClaims(env)).toBe(1);
  expect(await roomStub(id).holdsClaim("any")).toEqual({ exists: true, holds: false });
  expect(await statusOf(requestChannel(bob, "half way"))).toBe(201);
  await expectNamesReserved(id);
});
