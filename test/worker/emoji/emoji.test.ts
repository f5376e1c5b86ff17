import { env } from "cloudflare:workers";
import { afterEach, beforeAll, expect, test } from "vitest";
import { deleteAbandonedObjects } from "../../../src/features/emoji/index.ts";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import {
  createEmoji,
  deleteEmoji,
  getAuditEntries,
  getCustomEmoji,
  getEmojiImage,
  limits,
} from "../../../src/protocol/index.ts";
import { frame, gif, jpeg, png, webp } from "../../support/image-headers.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { fetchAs, uploadOk } from "../../support/worker/clients/upload-client.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { fileStates } from "../../support/worker/fixtures/stored-files.ts";
import { createTokenFor } from "../../support/worker/fixtures/tokens.ts";
import { emojiOf, uploadPicture } from "../../support/worker/fixtures/workspace-samples.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";
import { databaseRows } from "../../support/worker/objects/database.ts";

let ann: TestUser;
let bob: TestUser;
let admin: TestUser;
let guest: TestUser;

beforeAll(async () => {
  [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  admin = await createUser("admin", { role: "admin" });
  guest = await createUser("guest", { role: "guest" });
});
afterEach(() => {
  onFailpoint(undefined);
});

const objects = async (): Promise<string[]> =>
  (await env.FILES.list({ prefix: "emoji/" })).objects.map(({ key }) => key);
const imagePath = (name: string) => `/v1/emoji/${name}/image`;

test("[EM1] an uploaded image becomes an emoji, listed for all users and served inert", async () => {
  const fileId = await uploadPicture(ann);
  const emoji = await expectOk(createEmoji, { as: ann, body: { name: "ship_it", fileId } });
  expect(emoji).toMatchObject({ name: "ship_it", aliasOf: null, type: "image/png", width: 64, height: 64 });
  expect(emoji.createdBy).toBe(ann.userId);
  const again = await callEndpoint(createEmoji, { as: ann, body: { name: "ship_it", fileId } });
  expect([again.status, again.body]).toEqual([200, emoji]);
  expect((await expectOk(getCustomEmoji, { as: bob })).items).toContainEqual(emoji);
  const seen = (await expectOk(getCustomEmoji, { as: guest })).items;
  expect(seen, "guests do not see the users").toContainEqual({ ...emoji, createdBy: null });
  const response = await fetchAs(guest, "GET", emoji.imageUrl);
  expect(new Uint8Array(await response.arrayBuffer())).toEqual(new Uint8Array(png(64, 64)));
  expect(Object.fromEntries(response.headers)).toMatchObject({
    "content-type": "image/png",
    "content-security-policy": "sandbox; default-src 'none'",
    "x-content-type-options": "nosniff",
    "cache-control": "private, no-cache",
  });
  const etag = response.headers.get("ETag") ?? "";
  const headers = { "If-None-Match": etag };
  expect((await fetchAs(guest, "GET", emoji.imageUrl, { headers })).status).toBe(304);
  await eventually(async () => (await fileStates(ann))[fileId] === undefined, "the upload to be deleted");
});

test("[EM1] the list has an ETag, which changes with it, and pages by name", async () => {
  await emojiOf(ann, "aa-first");
  const first = await callEndpoint(getCustomEmoji, { as: bob, query: { limit: 1 } });
  const headers = { "If-None-Match": first.headers.get("ETag") ?? "" };
  expect((await callEndpoint(getCustomEmoji, { as: bob, query: { limit: 1 }, headers })).status).toBe(304);
  expect(first.body.items.map(({ name }: { name: string }) => name)).toEqual(["aa-first"]);
  const next = await expectOk(getCustomEmoji, { as: bob, query: { cursor: first.body.nextCursor } });
  expect(next.items.map(({ name }) => name)).not.toContain("aa-first");
  await expectOk(deleteEmoji, { as: ann, params: { name: "aa-first" } });
  expect((await callEndpoint(getCustomEmoji, { as: bob, query: { limit: 1 }, headers })).status).toBe(200);
});

test("[EM2] names are validated, unique and not those of standard emoji", async () => {
  const fileId = await uploadPicture(ann);
  const codes: Record<string, string> = {};
  await emojiOf(bob, "taken");
  for (const name of ["thumbsup", "+1", "tada", "Upper", "a", "-x", "a b", ":x:", "x".repeat(33), "taken"])
    codes[name] = (await expectRejected(createEmoji, { as: ann, body: { name, fileId } })).code;
  expect(codes["taken"]).toBe("conflict");
  delete codes["taken"];
  expect(new Set(Object.values(codes))).toEqual(new Set(["validation_failed"]));
  for (const body of [{ name: "both", fileId, aliasOf: "taken" }, { name: "neither" }])
    expect((await expectRejected(createEmoji, { as: ann, body })).code).toBe("validation_failed");
});

test("[EM2] of simultaneous requests for one name, one creates the emoji", async () => {
  const requests = await Promise.all(
    [ann, bob, ann, bob].map(async (as) => ({
      as,
      body: { name: "raced", fileId: await uploadPicture(as) },
    })),
  );
  const answers = await Promise.all(requests.map((request) => callEndpoint(createEmoji, request)));
  expect(answers.map(({ status }) => status).toSorted()).toEqual([201, 409, 409, 409]);
  const stored = await databaseRows<{ key: string }>("SELECT key FROM custom_emoji WHERE key IS NOT NULL");
  expect(new Set(await objects()), "no image without an emoji").toEqual(
    new Set(stored.map(({ key }) => key)),
  );
});

test("[EM3] only PNG, GIF, WebP and JPEG of at most 256 KiB and 1,024 pixels", async () => {
  const create = async (body: Uint8Array, type: string, name: string) => {
    const { id: fileId } = await uploadOk(ann, Buffer.from(body), { type });
    return callEndpoint(createEmoji, { as: ann, body: { name, fileId } });
  };
  const accepted = [
    await create(gif(8, 8), "image/gif", "kind-gif"),
    await create(webp(8, 8), "image/webp", "kind-webp"),
    await create(jpeg(frame(8, 8)), "image/jpeg", "kind-jpeg"),
  ];
  expect(accepted.map(({ status }) => status)).toEqual([201, 201, 201]);
  const large = Buffer.concat([png(8, 8), Buffer.alloc(limits.emojiBytes)]);
  const rejected = [
    await create(Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>"), "image/svg+xml", "bad-svg"),
    await create(Buffer.from("text"), "text/plain", "bad-text"),
    await create(large, "image/png", "bad-size"),
    await create(png(1_025, 8), "image/png", "bad-width"),
  ];
  expect(rejected.map(({ body }) => [body.code, body.issues?.[0]?.path])).toEqual(
    rejected.map(() => ["validation_failed", "fileId"]),
  );
  const fileId = await uploadPicture(bob);
  const others = await expectRejected(createEmoji, { as: ann, body: { name: "not-mine", fileId } });
  expect(others.code).toBe("not_found");
});

test("[EM4] an alias shows the image of its original and is deleted with it", async () => {
  const name = await emojiOf(ann, "original");
  const alias = await expectOk(createEmoji, { as: bob, body: { name: "second", aliasOf: name } });
  expect(alias).toMatchObject({ aliasOf: name, type: "image/png" });
  expect((await fetchAs(bob, "GET", imagePath("second"))).status).toBe(200);
  const chained = { name: "third", aliasOf: "second" };
  expect((await expectRejected(createEmoji, { as: bob, body: chained })).code).toBe("not_found");
  const before = await objects();
  await expectOk(deleteEmoji, { as: ann, params: { name } });
  expect((await objects()).length).toBe(before.length - 1);
  for (const gone of [name, "second"])
    expect((await expectRejected(getEmojiImage, { as: bob, params: { name: gone } })).code).toBe("not_found");
});

test("[EM5] members create, creators and admins delete, guests do neither", async () => {
  const body = { name: "of-guest", fileId: await uploadPicture(guest) };
  expect((await expectRejected(createEmoji, { as: guest, body })).code).toBe("forbidden");
  const name = await emojiOf(ann, "of-ann");
  for (const as of [bob, guest])
    expect((await expectRejected(deleteEmoji, { as, params: { name } })).code).toBe("forbidden");
  await expectOk(deleteEmoji, { as: admin, params: { name } });
  const entries = await expectOk(getAuditEntries, { as: admin, query: { action: "emoji.delete" } });
  expect(entries.items.at(-1)).toMatchObject({ actorId: admin.userId, detail: { name } });
  setWorkerConfig({ EMOJI_BY: "admins" });
  const later = { name: "of-bob", fileId: await uploadPicture(bob) };
  expect((await expectRejected(createEmoji, { as: bob, body: later })).code).toBe("forbidden");
  await emojiOf(admin, "of-admin");
  const readOnly = await createTokenFor(admin, { scopes: ["read"] });
  const params = { name: "of-admin" };
  expect((await expectRejected(deleteEmoji, { as: readOnly.as, params })).code).toBe("forbidden");
});

test("[EM5] the workspace has at most WORKSPACE_EMOJI emoji", async () => {
  const [row] = await databaseRows<{ n: number }>("SELECT count(*) AS n FROM custom_emoji");
  setWorkerConfig({ WORKSPACE_EMOJI: row!.n + 1 });
  const name = await emojiOf(ann, "last-one");
  const before = await objects();
  const file = { name: "too-many", fileId: await uploadPicture(ann) };
  for (const body of [file, { name: "too-many", aliasOf: name }])
    expect((await expectRejected(createEmoji, { as: ann, body })).code).toBe("conflict");
  expect(await objects()).toEqual(before);
});

test("[EM6] maintenance deletes an image whose request did not complete", async () => {
  const body = { name: "crashed", fileId: await uploadPicture(ann) };
  onFailpoint((point) => {
    if (point === "emoji:after-image") throw new Error("The process ended");
  });
  expect((await callEndpoint(createEmoji, { as: ann, body })).status).toBe(500);
  onFailpoint(undefined);
  const referenced = await databaseRows<{ key: string }>(
    "SELECT key FROM custom_emoji WHERE key IS NOT NULL",
  );
  const orphans = (await objects()).filter((key) => !referenced.some((row) => row.key === key));
  expect(orphans).toHaveLength(1);
  await deleteAbandonedObjects(env, Date.now() + 60_000);
  expect(await objects(), "not while the request may be running").toContain(orphans[0]);
  await deleteAbandonedObjects(env, Date.now() + 16 * 60_000);
  expect(await objects()).not.toContain(orphans[0]);
  expect(await databaseRows("SELECT * FROM unused_objects")).toEqual([]);
  expect((await callEndpoint(createEmoji, { as: ann, body })).status).toBe(201);
});

test("[EM6] maintenance deletes the image of an emoji whose deletion was interrupted", async () => {
  const name = await emojiOf(ann, "half-deleted");
  const before = await objects();
  onFailpoint((point) => {
    if (point === "emoji:after-delete") throw new Error("The process ended");
  });
  expect((await callEndpoint(deleteEmoji, { as: ann, params: { name } })).status).toBe(500);
  onFailpoint(undefined);
  expect((await objects()).length).toBe(before.length);
  await deleteAbandonedObjects(env, Date.now());
  expect((await objects()).length).toBe(before.length - 1);
});
