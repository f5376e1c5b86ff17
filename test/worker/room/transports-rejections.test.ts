import { expect, test } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { listEvents } from "../../support/worker/clients/event-log.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";

interface Case {
  name: string;
  who: "owner" | "member" | "guest";
  /** A REST request, relative to the channel. */
  method: string;
  path: string;
  body?: object;
  /** A frame. */
  type: string;
  data: object;
  code: string;
}

const noUser = newId("usr");
const noMessage = newId("msg");
const create = (body: object) => ({
  method: "POST",
  path: "/messages",
  body,
  type: "messageCreate",
  data: body,
});
const edit = (messageId: string, body: object) => ({
  method: "PATCH",
  path: `/messages/${messageId}`,
  body,
  type: "messageUpdate",
  data: { messageId, ...body },
});
const remove = (messageId: string) => ({
  method: "DELETE",
  path: `/messages/${messageId}`,
  type: "messageDelete",
  data: { messageId },
});
const appoint = (userId: string, role: string) => ({
  method: "PATCH",
  path: `/members/${userId}`,
  body: { role },
  type: "memberUpdate",
  data: { userId, role },
});
const add = (body: object) => ({ method: "POST", path: "/members", body, type: "memberJoin", data: body });
const drop = (userId: string) => ({
  method: "DELETE",
  path: `/members/${userId}`,
  type: "memberLeave",
  data: { userId },
});
const change = (body: object) => ({ method: "PATCH", path: "", body, type: "channelUpdate", data: body });

const rejections = (ids: {
  owner: string;
  member: string;
  message: string;
  deleted: string;
  takenName: string;
}): Case[] => [
  { name: "empty", who: "owner", ...create({ content: "" }), code: "validation_failed" },
  {
    name: "too long by one",
    who: "owner",
    ...create({ content: "🙂".repeat(8_001) }),
    code: "validation_failed",
  },
  { name: "a lone surrogate", who: "owner", ...create({ content: "\ud83d" }), code: "validation_failed" },
  { name: "NUL", who: "owner", ...create({ content: "a\0" }), code: "validation_failed" },
  {
    name: "an unknown field",
    who: "owner",
    ...create({ content: "a", colour: "red" }),
    code: "validation_failed",
  },
  {
    name: "a field of the server's",
    who: "owner",
    ...create({ content: "a", authorId: ids.member }),
    code: "validation_failed",
  },
  { name: "no string", who: "owner", ...create({ content: { a: 1 } }), code: "validation_failed" },
  { name: "a guest writes", who: "guest", ...create({ content: "a" }), code: "forbidden" },
  {
    name: "a used nonce",
    who: "member",
    ...create({ content: "other", nonce: "used" }),
    code: "nonce_reused",
  },
  { name: "an edit of nothing", who: "owner", ...edit(noMessage, { content: "a" }), code: "not_found" },
  { name: "an edit of another's", who: "owner", ...edit(ids.message, { content: "a" }), code: "forbidden" },
  {
    name: "an edit of an older version",
    who: "member",
    ...edit(ids.message, { content: "a", expectedVersion: 9 }),
    code: "conflict",
  },
  {
    name: "an edit of version 0",
    who: "member",
    ...edit(ids.message, { content: "a", expectedVersion: 0 }),
    code: "validation_failed",
  },
  { name: "an edit of a tombstone", who: "member", ...edit(ids.deleted, { content: "a" }), code: "conflict" },
  { name: "a deletion of nothing", who: "owner", ...remove(noMessage), code: "not_found" },
  { name: "a guest deletes", who: "guest", ...remove(ids.message), code: "forbidden" },
  { name: "a member appoints", who: "member", ...appoint(ids.member, "owner"), code: "forbidden" },
  { name: "a role of an unknown user", who: "owner", ...appoint(noUser, "moderator"), code: "not_found" },
  { name: "an unknown role", who: "owner", ...appoint(ids.member, "king"), code: "validation_failed" },
  { name: "the last owner steps down", who: "owner", ...appoint(ids.owner, "member"), code: "conflict" },
  { name: "a member removes", who: "member", ...drop(ids.owner), code: "forbidden" },
  { name: "the last owner leaves", who: "owner", ...drop(ids.owner), code: "conflict" },
  { name: "an unknown user is added", who: "owner", ...add({ userId: noUser }), code: "not_found" },
  { name: "a guest adds", who: "guest", ...add({ userId: noUser }), code: "forbidden" },
  {
    name: "a member makes an owner",
    who: "member",
    ...add({ userId: noUser, role: "owner" }),
    code: "not_found",
  },
  { name: "a member changes the channel", who: "member", ...change({ topic: "a" }), code: "forbidden" },
  { name: "a guest changes the channel", who: "guest", ...change({ topic: "a" }), code: "forbidden" },
  { name: "private to public", who: "owner", ...change({ isPrivate: false }), code: "validation_failed" },
  { name: "a name with a line break", who: "owner", ...change({ name: "a\nb" }), code: "validation_failed" },
  { name: "a taken name", who: "owner", ...change({ name: ids.takenName }), code: "conflict" },
  { name: "a long topic", who: "owner", ...change({ topic: "x".repeat(251) }), code: "validation_failed" },
];

test("[RM1] [LG2] each rejection is the same over both transports, changing nothing", async () => {
  const [owner, member, guest] = (await createUsers("owner", "member", "guest")) as [
    TestUser,
    TestUser,
    TestUser,
  ];
  const channel = await createChannelFor(owner, [member]);
  const at = `/v1/channels/${channel}`;
  const taken = await owner.call("GET", `/v1/channels/${await createChannelFor(owner)}`);
  const { body: message } = await member.call("POST", `${at}/messages`, { content: "mine", nonce: "used" });
  const { body: deleted } = await member.call("POST", `${at}/messages`, { content: "gone" });
  await member.call("DELETE", `${at}/messages/${deleted.id}`);
  const cast = { owner, member, guest };
  const sockets = {
    owner: await owner.connect(channel),
    member: await member.connect(channel),
    guest: await guest.connect(channel),
  };
  const before = await listEvents(channel, owner);
  const cases = rejections({
    owner: owner.userId,
    member: member.userId,
    message: message.id,
    deleted: deleted.id,
    takenName: taken.body.name,
  });
  for (const { name, who, method, path, body, type, data, code } of cases) {
    const { body: problem } = await cast[who].call(method, `${at}${path}`, body);
    expect(problem.code, name).toBe(code);
    const answer = (await sockets[who].sendCommand(type, data)) as any;
    expect(answer.type, name).toBe("error");
    const fields = ({ code, status, title, type, detail, issues }: any) => ({
      code,
      status,
      title,
      type,
      detail,
      issues: issues?.map(({ path, message }: any) => [path.replace(/^data\.?/, ""), message]),
    });
    expect(fields(answer.error), name).toEqual(fields(problem));
  }
  expect(await listEvents(channel, owner)).toEqual(before);
});

test("[RM1] each command gives the same result over both transports", async () => {
  const [ann, bob] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  const run = async (through: "rest" | "socket") => {
    const channel = await createChannelFor(ann);
    const socket = await ann.connect(channel);
    const at = `/v1/channels/${channel}`;
    let messageId = "";
    const steps: (() => Omit<Case, "name" | "who" | "code">)[] = [
      () => create({ content: "one", nonce: "n" }),
      () => create({ content: "one", nonce: "n" }),
      () => edit(messageId, { content: "two", expectedVersion: 1 }),
      () => edit(messageId, { content: "two" }),
      () => add({ userId: bob.userId }),
      () => add({ userId: bob.userId }),
      () => appoint(bob.userId, "moderator"),
      () => change({ topic: "topic", description: " as is " }),
      () => remove(messageId),
      () => remove(messageId),
      () => drop(bob.userId),
      () => drop(bob.userId),
      () => drop(bob.userId),
    ];
    for (const step of steps) {
      const { method, path, body, type, data } = step();
      if (through === "rest") expect((await ann.call(method, `${at}${path}`, body)).status).toBeLessThan(300);
      else expect((await socket.sendCommand(type, data)).type).toBe("ack");
      messageId ||= ((await listEvents(channel, ann)).at(-1)!.data as any).message?.id ?? "";
    }
    const text = JSON.stringify(await listEvents(channel, ann))
      .replaceAll(channel, "CHANNEL")
      .replaceAll(messageId, "MESSAGE")
      .replace(/channel \d+/g, "NAME");
    return text.replace(/"\d{4}-[^"]*Z"/g, '"TIME"');
  };
  const rest = await run("rest");
  expect(await run("socket")).toBe(rest);
  expect(JSON.parse(rest)).toHaveLength(9);
});
