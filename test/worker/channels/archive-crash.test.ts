import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import { sweepNames } from "../../../src/features/channels/index.ts";
import { people, type Person, roomOf } from "../../support/worker/cast.ts";
import {
  interceptDatabase,
  isProjection,
  restoreDatabase,
  unreachable,
  writeRecord,
} from "../../support/worker/database.ts";
import { eventually } from "../../support/worker/eventually.ts";
import { archive, back, claims, expectNamesAreHeld, make, statusOf } from "../../support/worker/names.ts";
import { alarm, wearOut } from "../../support/worker/projection.ts";
import { dieAt } from "../../support/worker/room.ts";

afterEach(() => {
  onFailpoint(undefined);
  restoreDatabase();
  vi.useRealTimers();
});

const stallProjection = () => interceptDatabase((trip) => (isProjection(trip) ? unreachable() : trip.run()));

test("[CH1] [NM2] [PJ4] a room that dies between the archiving and the record lets its name go by itself", async () => {
  const [ann, bob] = (await people("ann", "bob")) as [Person, Person];
  const id = (await make(ann, "mortal")).body.id as string;
  const lost = archive(ann, id).catch(() => undefined);
  await dieAt("room:after-commit");
  await lost;
  expect((await claims(id)).length, "the record has not heard").toBe(1);
  await eventually(async () => {
    await alarm(id);
    return (await claims(id)).length === 0;
  }, "the name let go");
  expect(await statusOf(make(bob, "mortal"))).toBe(201);
  expect(await statusOf(back(ann, id))).toBe(409);
  await expectNamesAreHeld(id);
});

test("[CH1] [NM2] while the record is stuck an archived channel comes back to its name, and nobody else gets it", async () => {
  const [ann, bob] = (await people("ann", "bob")) as [Person, Person];
  const id = (await make(ann, "stuck")).body.id as string;
  stallProjection();
  expect(await statusOf(archive(ann, id))).toBe(204);
  expect(await statusOf(make(bob, "stuck"))).toBe(409);
  expect(await statusOf(back(ann, id))).toBe(200);
  expect(await statusOf(make(bob, "stuck"))).toBe(409);
  await wearOut(id);
  restoreDatabase();
  await eventually(async () => {
    await alarm(id);
    return (await claims(id))[0]?.confirmed === 1;
  }, "the new claim in the record");
  expect(await claims(id)).toEqual([{ name_key: "stuck", confirmed: 1 }]);
  await expectNamesAreHeld(id);
});

test("[CH1] [NM2] a claim for a channel that died before it came back is swept, and blocks its name for moments only", async () => {
  const [ann, bob] = (await people("ann", "bob")) as [Person, Person];
  const id = (await make(ann, "half way")).body.id as string;
  await archive(ann, id);
  const lost = back(ann, id).catch(() => undefined);
  await dieAt("room:before-commit");
  await lost;
  expect(await claims(id)).toEqual([{ name_key: "half way", confirmed: 0 }]);
  await writeRecord("UPDATE channel_names SET claimed_at = claimed_at - 700000 WHERE channel_id = ?", id);
  expect(await sweepNames(env)).toBe(1);
  expect(await roomOf(id).holdsClaim("any")).toEqual({ exists: true, holds: false });
  expect(await statusOf(make(bob, "half way"))).toBe(201);
  await expectNamesAreHeld(id);
});
