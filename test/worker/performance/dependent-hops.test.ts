import { beforeAll, expect, test } from "vitest";
import documentText from "../../../docs/performance.md?raw";
import { slackTs } from "../../../src/features/slack/timestamps.ts";
import { newId } from "../../../src/lib/ids.ts";
import { subprotocol } from "../../../src/protocol/index.ts";
import { acceptGateway } from "../../support/worker/clients/gateway-client.ts";
import { buildRequest } from "../../support/worker/clients/raw-requests.ts";
import { DependentCalls } from "../../support/worker/fakes/dependent-calls.ts";
import { createSession, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { waitForProjections } from "../../support/worker/objects/projection.ts";

let calls: DependentCalls;
let ann: TestUser;
/** Another session of Bob, which has no socket. */
let bob: TestUser;
/** A session with a socket to the channel. */
let live: TestUser;
let at: string;
let channelId: string;
let messageId: string;
let fileId: string;

const rows = new Map(
  [...documentText.matchAll(/^\| (.+?) +\| (\d+) +\| `(.*)` +\|$/gm)].map(([, action, hops, path]) => [
    action!,
    { hops: Number(hops), path: path! },
  ]),
);
const measured = new Map<string, { hops: number; path: string }>();

beforeAll(async () => {
  const [one, two] = (await createUsers("ann", "bob")) as [TestUser, TestUser];
  [ann, bob] = [one, two];
  live = await createSession(bob);
  channelId = await createChannelFor(ann, [bob]);
  at = `/v1/channels/${channelId}`;
  fileId = (await ann.call("POST", "/v1/files?name=a.json", { a: 1 })).body.id;
  const sent = await ann.call("POST", `${at}/messages`, { content: "hello world", fileIds: [fileId] });
  messageId = sent.body.id;
  await live.connect(channelId);
  await waitForProjections(channelId);
  calls = new DependentCalls();
});

const ask = async (who: TestUser, method: string, path: string, body?: object): Promise<string> => {
  const response = await calls.fetch(
    buildRequest(method, path, { token: who.token, ...(body && { body: JSON.stringify(body) }) }),
  );
  const text = await response.text();
  expect(response.status, text).toBeLessThan(300);
  return text;
};

/** Measures an action and compares it with its row. */
async function expectRow(action: string, work: () => Promise<unknown>): Promise<void> {
  // What an earlier action left to do must not be counted.
  await waitForProjections(channelId);
  const got = await calls.during(work);
  measured.set(action, got);
  expect.soft(got, `docs/performance.md, row "${action}"`).toEqual(rows.get(action));
}

const reads = (): Record<string, string> => ({
  channel: at,
  messages: `${at}/messages`,
  message: `${at}/messages/${messageId}`,
  thread: `${at}/messages/${messageId}/thread`,
  pins: `${at}/pins`,
  members: `${at}/members`,
  events: `${at}/events?after=0&limit=10`,
});

test("[RD8] reads of one channel take the hops that the table lists", async () => {
  await expectRow("read of one channel, the session's first in this isolate", () => ask(bob, "GET", at));
  await ask(live, "GET", at);
  for (const path of Object.values(reads())) {
    await expectRow("read of one channel", () => ask(bob, "GET", path));
    await expectRow("read of one channel, the session has a socket to it", () => ask(live, "GET", path));
  }
  for (const part of ["history", "reactions"])
    await expectRow("versions of a message, users who reacted", () =>
      ask(bob, "GET", `${at}/messages/${messageId}/${part}`),
    );
});

test("[RD8] writes over REST take the hops that the table lists", async () => {
  const reaction = `${at}/messages/${messageId}/reactions/${encodeURIComponent("👍")}`;
  for (const [who, suffix] of [
    [bob, ""],
    [live, ", the session has a socket to the channel"],
  ] as const) {
    await expectRow(`send over REST${suffix}`, () => ask(who, "POST", `${at}/messages`, { content: "x" }));
    const { id } = JSON.parse(await ask(who, "POST", `${at}/messages`, { content: "x" }));
    await expectRow(`edit over REST${suffix}`, () =>
      ask(who, "PATCH", `${at}/messages/${id}`, { content: "y" }),
    );
    await expectRow(`react over REST${suffix}`, () => ask(who, "PUT", reaction));
    await ask(who, "DELETE", reaction);
  }
});

test("[RD8] lists, search and downloads take the hops that the table lists", async () => {
  await waitForProjections(channelId);
  await expectRow("unread counts", () => ask(bob, "GET", "/v1/users/me/unreads"));
  await expectRow("search with a hit", () => ask(bob, "GET", "/v1/search/messages?q=hello"));
  await expectRow("search without a hit", () => ask(bob, "GET", "/v1/search/messages?q=absent"));
  await expectRow("download of a message's file", () => ask(bob, "GET", `/v1/files/${fileId}/content`));
});

test("[RD8] the shared socket takes the hops that the table lists", async () => {
  const headers = { Upgrade: "websocket", "Sec-WebSocket-Protocol": subprotocol };
  let socket: Awaited<ReturnType<typeof acceptGateway>> | undefined;
  await expectRow("connect the shared socket", async () => {
    socket = await acceptGateway(
      await calls.fetch(buildRequest("GET", "/v1/realtime", { token: bob.token, headers })),
    );
    await socket.waitFor(({ type }) => type === "hello");
  });
  const command = (type: string, data: object) => {
    const id = `${type}-${Math.random()}`;
    socket!.send({ id, type, channelId, data });
    return socket!.waitFor((item) => item.type === "ack" && item.id === id);
  };
  await expectRow("subscribe to a channel", () => socket!.expectSubscribed(channelId));
  // The frame itself is the one hop: it travels over the open socket between gateway and room.
  await expectRow("send, edit or react over a subscribed socket, besides the frame", async () => {
    const { data } = (await command("messageCreate", { content: "x" })) as { data: any };
    await command("messageUpdate", { messageId: data.message.id, content: "y" });
    await command("reactionAdd", { messageId: data.message.id, emoji: "👍" });
  });
});

test("[RD8] messages of incoming webhooks take the hops that the table lists", async () => {
  const { body } = await ann.call("POST", `${at}/webhooks`, { name: "Alerts" });
  const post = async (url: string, message: object): Promise<string> => {
    const response = await calls.fetch(
      new Request(url, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify(message),
      }),
    );
    return response.text();
  };
  const action = "message of an incoming webhook";
  // Notifies its bot that it was added, and reads the webhook.
  expect(await post(body.url, { text: "first" })).toBe("ok");
  await expectRow(action, async () => expect(await post(body.url, { text: "a" })).toBe("ok"));
  const named = `<#C${channelId.slice(4)}> b`;
  await expectRow(`${action}, with names by ids`, async () =>
    expect(await post(body.url, { text: named })).toBe("ok"),
  );
  // Its own message, so that no user is notified.
  const { items } = JSON.parse(await ask(ann, "GET", `${at}/messages?limit=1`));
  await expectRow(`${action}, a reply by \`ts\``, async () =>
    expect(await post(body.url, { text: "d", thread_ts: slackTs(items[0]) })).toBe("ok"),
  );
  for (const url of [`${body.url.slice(0, -2)}__`, body.url.replace(/iwh_\w+/, newId("iwh"))])
    await expectRow("wrong secret or unknown id of an incoming webhook", async () =>
      expect(await post(url, { text: "e" })).toBe("no_service"),
    );
}); // prettier-ignore

test("[RD8] the table has no other rows", () => {
  expect(Object.fromEntries(rows)).toEqual(Object.fromEntries(measured));
});
