import { exports } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { noId } from "../../../src/lib/ids.ts";
import {
  createMessage,
  createThread,
  deleteMessage,
  getMessage,
  getMessageAt,
  getPermalink,
} from "../../../src/protocol/index.ts";
import { expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { createTokenFor } from "../../support/worker/fixtures/tokens.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";

let ann: TestUser;
let bob: TestUser;
let eve: TestUser;
let guest: TestUser;
let channelId: string;
let privateId: string;

beforeAll(async () => {
  [ann, bob, eve] = (await createUsers("ann", "bob", "eve")) as [TestUser, TestUser, TestUser];
  guest = await createUser("guest", { role: "guest" });
  channelId = await createChannelFor(ann, [bob]);
  privateId = await createChannelFor(ann, [], { isPrivate: true });
});

const post = (id = channelId) =>
  expectOk(createMessage, { as: ann, params: { channelId: id }, body: { content: "hi" } });
const at = (id: string, seq: number | string) => ({ channelId: id, seq: String(seq) });

test("[PL1] a permalink leads to its message, and to a thread reply", async () => {
  const message = await post();
  const params = { channelId, messageId: message.id };
  const link = await expectOk(getPermalink, { as: bob, params });
  const permalink = `https://parley.test/c/${channelId}/${message.seq}`;
  expect(link).toEqual({ permalink, channelId, seq: message.seq });
  const found = await expectOk(getMessageAt, { as: bob, params: at(channelId, message.seq) });
  expect(found).toEqual(await expectOk(getMessage, { as: bob, params }));
  const reply = await expectOk(createThread, { as: bob, params, body: { content: "re" } });
  const foundReply = await expectOk(getMessageAt, { as: eve, params: at(channelId, reply.seq) });
  expect(foundReply).toMatchObject({ id: reply.id, threadId: message.id });
  setWorkerConfig({ PUBLIC_URL: "https://chat.example.org" });
  expect((await expectOk(getPermalink, { as: bob, params })).permalink).toBe(
    `https://chat.example.org/c/${channelId}/${message.seq}`,
  );
});

test("[PL1] the link of a deleted message leads to its tombstone", async () => {
  const message = await post();
  await expectOk(deleteMessage, { as: ann, params: { channelId, messageId: message.id } });
  const found = await expectOk(getMessageAt, { as: bob, params: at(channelId, message.seq) });
  expect(found).toMatchObject({ id: message.id, content: "" });
  expect(found.deletedAt).not.toBeNull();
});

test("[PL2] links of hidden channels, unknown channels and other events are not found", async () => {
  const hidden = await post(privateId);
  const codes = [];
  const restricted = await createTokenFor(ann, { channelIds: [channelId] });
  for (const [as, params] of [
    [eve, at(privateId, hidden.seq)],
    [guest, at(channelId, 1)],
    [restricted.as, at(privateId, hidden.seq)],
    [ann, at(noId("chn"), 1)],
    [ann, at("chn_x", 1)],
    [ann, at(channelId, 1)],
    [ann, at(channelId, 999_999)],
    [ann, at(channelId, 0)],
    [ann, at(channelId, "x")],
    [ann, at(channelId, "9".repeat(30))],
  ] as const)
    codes.push((await expectRejected(getMessageAt, { as, params })).code);
  expect(new Set(codes)).toEqual(new Set(["not_found"]));
  const params = { channelId: privateId, messageId: hidden.id };
  expect((await expectRejected(getPermalink, { as: eve, params })).code).toBe("not_found");
});

test("[PL3] a browser gets the same page for every link, whatever it leads to", async () => {
  const hidden = await post(privateId);
  const pages = [];
  for (const path of [`${privateId}/${hidden.seq}`, `${channelId}/1`, `${noId("chn")}/7`, "chn_x/1"]) {
    const response = await exports.default.fetch(`https://parley.test/c/${path}`);
    pages.push([response.status, await response.text()]);
    expect(response.headers.get("Content-Type")).toBe("text/html; charset=utf-8");
    expect(response.headers.get("Content-Security-Policy")).toContain("default-src 'none'");
  }
  expect(new Set(pages.map((page) => JSON.stringify(page))).size).toBe(1);
  // The page of the web client, or without its files the one of the Worker; neither contains anything of the message.
  expect(pages[0]?.[1]).not.toContain(hidden.id);
});

test("[PL3] with PERMALINK_URL a browser is redirected to the web client", async () => {
  setWorkerConfig({ PERMALINK_URL: "https://app.example.org/#/{channelId}/{seq}" });
  const response = await exports.default.fetch(`https://parley.test/c/${channelId}/7`, {
    redirect: "manual",
  });
  expect(response.status).toBe(302);
  expect(response.headers.get("Location")).toBe(`https://app.example.org/#/${channelId}/7`);
  const bad = await exports.default.fetch("https://parley.test/c/%22%3E%3Cb/7", { redirect: "manual" });
  expect(bad.headers.get("Location")).toBe(`https://app.example.org/#/${noId("chn")}/7`);
});
