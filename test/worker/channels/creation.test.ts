import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { foldKey } from "../../../src/text/fold-key.ts";
import { resolveStaleClaims } from "../../../src/features/channels/index.ts";
import { UserHub } from "../../../src/user-object/user-hub.ts";
import { ChannelRoom } from "../../../src/channel-object/index.ts";
import {
  interceptDatabase,
  rejectAsUnreachable,
  restoreDatabases,
  sqlOf,
} from "../../support/worker/fakes/database-interceptor.ts";
import { createUser } from "../../support/worker/fixtures/accounts.ts";
import { databaseRows } from "../../support/worker/objects/database.ts";

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  restoreDatabases();
});

const directory = async (): Promise<string[]> =>
  (
    await databaseRows<{ channel_id: string }>("SELECT channel_id FROM channel_directory ORDER BY channel_id")
  ).map(({ channel_id }) => channel_id);
const claimHolders = (name: string) =>
  databaseRows("SELECT channel_id FROM channel_names WHERE name_key = ?", foldKey(name));
const overloaded = (): never => {
  throw Object.assign(new Error("Durable Object is overloaded."), { overloaded: true });
};

/** Delays the next creation so that it reaches its room after its name claim has expired. */
function delayNextCreation(): void {
  const create = ChannelRoom.prototype.create;
  vi.spyOn(ChannelRoom.prototype, "create").mockImplementationOnce(function (this: ChannelRoom, input) {
    const { nameClaim } = input;
    return create.call(this, { ...input, nameClaim: nameClaim && { ...nameClaim, untilMs: Date.now() - 1 } });
  });
}

test("[NM2] a creation rejected by its room leaves no name and no directory row", async () => {
  const ann = await createUser("ann");
  const before = await directory();
  delayNextCreation();
  expect((await ann.call("POST", "/v1/channels", { name: "Too Late" })).status).toBe(503);
  expect([await claimHolders("Too Late"), await directory()]).toEqual([[], before]);
  const { status, body } = await ann.call("POST", "/v1/channels", { name: "too late" });
  expect(status, "the name is free at once").toBe(201);
  expect(await directory()).toEqual([...before, body.id].sort());
});

test("[NM2] a creation rejected for its name leaves no directory row", async () => {
  const [ann, bob] = [await createUser("ann"), await createUser("bob")];
  const { body } = await ann.call("POST", "/v1/channels", { name: "Taken" });
  const before = await directory();
  expect((await bob.call("POST", "/v1/channels", { name: "tAKEN" })).status).toBe(409);
  expect([await claimHolders("taken"), await directory()]).toEqual([[{ channel_id: body.id }], before]);
});

test("[NM2] the sweep cleans up after a rejected creation if D1 failed then", async () => {
  const ann = await createUser("ann");
  const before = await directory();
  delayNextCreation();
  interceptDatabase((call) => (sqlOf(call).includes("delete from") ? rejectAsUnreachable() : call.run()));
  expect((await ann.call("POST", "/v1/channels", { name: "Swept" })).status).toBeGreaterThanOrEqual(500);
  restoreDatabases();
  expect((await directory()).length).toBe(before.length + 1);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_600_000 });
  await resolveStaleClaims(env);
  expect([await claimHolders("Swept"), await directory()]).toEqual([[], before]);
});

test("[NM2] a 503 from the creator's hub reserves nothing: the retry succeeds", async () => {
  const ann = await createUser("ann");
  const before = await directory();
  vi.spyOn(UserHub.prototype, "admitAsMember").mockImplementationOnce(async () => overloaded());
  expect((await ann.call("POST", "/v1/channels", { name: "Again" })).status).toBe(503);
  expect([await claimHolders("Again"), await directory()]).toEqual([[], before]);
  expect((await ann.call("POST", "/v1/channels", { name: "Again" })).status).toBe(201);
});

test("[NM2] a 503 from the room with unknown outcome blocks the name only briefly", async () => {
  const ann = await createUser("ann");
  const before = await directory();
  vi.spyOn(ChannelRoom.prototype, "create").mockImplementationOnce(async () => overloaded());
  expect((await ann.call("POST", "/v1/channels", { name: "In Doubt" })).status).toBe(503);
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 10_001 });
  const { status, body } = await ann.call("POST", "/v1/channels", { name: "In Doubt" });
  expect(status).toBe(201);
  expect(await directory(), "the first attempt left nothing").toEqual([...before, body.id].sort());
});
