import { beforeAll, describe, expect, test } from "vitest";
import {
  createMessage,
  createThread,
  deleteMessage,
  type FileRef,
  getChannelMessages,
  getMessage,
  getMessageHistory,
  getPins,
  getThreadMessages,
  type Message,
  pinMessage,
  updateMessage,
} from "../../../src/protocol/index.ts";
import { expectDatabaseMatchesLog } from "../../support/worker/assertions/database.ts";
import { expectRoomMatchesLog } from "../../support/worker/assertions/room-tables.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { listEvents } from "../../support/worker/clients/event-log.ts";
import type { TestSocket } from "../../support/worker/clients/socket-client.ts";
import { createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { createStoredFile } from "../../support/worker/fixtures/stored-files.ts";
import { evictRoom } from "../../support/worker/objects/room-object.ts";

let [ann, bob]: TestUser[] = [];
let channelId: string;
let socket: TestSocket;
beforeAll(async () => {
  [ann, bob] = await createUsers("ann", "bob");
  channelId = await createChannelFor(ann!, [bob!]);
  socket = await ann!.connect(channelId);
});

const on = (messageId: string) => ({ channelId, messageId });
const post = (fileIds: string[], content = "") =>
  expectOk(createMessage, { as: ann, params: { channelId }, body: { content, fileIds } });

let asked = 0;
/** Sends a command over the room's socket; returns its response. */
async function sendCommand(type: string, data: object): Promise<any> {
  const id = ++asked;
  socket.send({ id, type, data });
  return socket.waitFor((item) => "id" in item && item.id === id);
}

/** Returns the message as each endpoint shows it. */
async function everywhere({ id, threadId }: Message): Promise<Record<string, FileRef[] | undefined>> {
  const as = bob;
  await expectOk(pinMessage, { as, params: on(id) });
  const items = (page: { items: Message[] }) => page.items.find((item) => item.id === id)?.files;
  const thread = await expectOk(getThreadMessages, { as, params: on(threadId ?? id) });
  return {
    one: (await expectOk(getMessage, { as, params: on(id) })).files,
    pins: items(await expectOk(getPins, { as, params: { channelId } })),
    ...(threadId === null
      ? {
          history: items(await expectOk(getChannelMessages, { as, params: { channelId } })),
          root: thread.root.files,
        }
      : { thread: items(thread) }),
    events: (await listEvents(channelId, bob!))
      .map(({ data }) => (data as { message?: Message }).message)
      .findLast((message) => message?.id === id)?.files,
  };
}

describe("[FL13] a message shows its files", () => {
  test("in responses, events, history, pins and as a thread's root", async () => {
    const files = [
      await createStoredFile(ann!, { name: "один.txt" }),
      await createStoredFile(ann!, { name: "b.txt" }),
    ];
    const message = await post(files.map(({ id }) => id));
    expect(message.files).toEqual(files);
    expect(await everywhere(message)).toEqual({
      one: files,
      pins: files,
      history: files,
      root: files,
      events: files,
    });
  });

  test("as a reply, in its thread and also in the channel", async () => {
    const root = await post([], "root");
    const file = await createStoredFile(ann!);
    const body = { content: "", fileIds: [file.id], alsoInChannel: true };
    const reply = await expectOk(createThread, { as: ann, params: on(root.id), body });
    expect(await everywhere(reply)).toEqual({ one: [file], pins: [file], thread: [file], events: [file] });
    const history = await expectOk(getChannelMessages, { as: bob, params: { channelId } });
    expect(history.items.find(({ id }) => id === reply.id)?.files).toEqual([file]);
  });

  test("over a socket, in the ack and the event, also when repeated", async () => {
    const [one, two] = [await createStoredFile(ann!), await createStoredFile(ann!)];
    const data = { content: "", fileIds: [one.id], nonce: "socket" };
    const first = await sendCommand("messageCreate", data);
    expect(first).toMatchObject({ type: "ack", data: { message: { content: "", files: [one] } } });
    expect(await sendCommand("messageCreate", data)).toMatchObject({
      type: "ack",
      data: { message: first.data.message, deduplicated: true },
    });
    const { id: messageId } = first.data.message;
    const reply = await sendCommand("threadCreate", { messageId, content: "", fileIds: [two.id] });
    expect(reply).toMatchObject({ type: "ack", data: { message: { files: [two] } } });
    expect(await sendCommand("messageCreate", { content: "x", fileIds: [two.id] })).toMatchObject({
      type: "error",
      error: { code: "conflict" },
    });
    const event = await socket.waitFor(
      (item) => item.type === "threadCreate" && item.data.message.id === reply.data.message.id,
    );
    expect(event).toMatchObject({ data: { message: { files: [two] } } });
  });

  test("after an edit, which may remove the text only if there are files", async () => {
    const file = await createStoredFile(ann!);
    const message = await post([file.id], "text");
    const edited = await expectOk(updateMessage, { as: ann, params: on(message.id), body: { content: "" } });
    expect(edited).toMatchObject({ content: "", version: 2, files: [file] });
    const again = await expectOk(updateMessage, {
      as: ann,
      params: on(message.id),
      body: { content: "new" },
    });
    expect(again.files).toEqual([file]);
    const { items } = await expectOk(getMessageHistory, { as: bob, params: on(message.id) });
    expect(items.map(({ content }) => content)).toEqual(["text", "", "new"]);
    const plain = await post([], "plain");
    const body = { content: "" };
    expect(await expectRejected(updateMessage, { as: ann, params: on(plain.id), body })).toMatchObject({
      code: "validation_failed",
      issues: [{ path: "content" }],
    });
    expect(
      await sendCommand("messageUpdate", { messageId: plain.id, content: "" }),
      "over the other transport too",
    ).toMatchObject({ type: "error", error: { code: "validation_failed" } });
  });

  test("and none once it is deleted, in any event or list", async () => {
    const file = await createStoredFile(ann!, { name: "secret-name.txt" });
    const message = await post([file.id]);
    await expectOk(updateMessage, { as: ann, params: on(message.id), body: { content: "edited" } });
    await expectOk(deleteMessage, { as: ann, params: on(message.id) });
    expect((await expectOk(getMessage, { as: bob, params: on(message.id) })).files).toEqual([]);
    expect(JSON.stringify(await listEvents(channelId, bob!))).not.toContain("secret-name");
  });

  test("only with at most ten distinct files, and with text if there are none", async () => {
    const eleven = await Promise.all(Array.from({ length: 11 }, () => createStoredFile(ann!)));
    const ids = eleven.map(({ id }) => id);
    const answers = await Promise.all(
      [{ fileIds: ids }, { fileIds: [ids[0], ids[0]] }, { fileIds: [] }, {}, { fileIds: ["fil_1"] }].map(
        (body) =>
          callEndpoint(createMessage, { as: ann, params: { channelId }, body: { content: "", ...body } }),
      ),
    );
    expect(answers.map(({ status }) => status)).toEqual(Array(5).fill(400));
    expect((await post(ids.slice(1))).files).toHaveLength(10);
  });
});

test("[FL13] [PJ1] files in the room and D1 match the log, also after a restart", async () => {
  await evictRoom(channelId);
  await expectDatabaseMatchesLog(channelId);
  await expectRoomMatchesLog(channelId);
});
