import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { App, LogLevel } from "@slack/bolt";
import { WebClient, WebClientEvent } from "@slack/web-api";
import { afterAll, beforeAll, expect, test } from "vitest";
import {
  addMember,
  addReaction,
  createBot,
  createChannel,
  createClient,
  createMessage,
  requireMessage,
  createSlashCommand,
  createEventSubscription,
  type EventType,
  getChannelMessages,
  getThreadMessages,
  runSlashCommand,
} from "../../src/client/index.ts";
import { freePort } from "../../scripts/support/free-port.ts";
import { inParallel } from "../../src/lib/parallel.ts";
import { waitUntil } from "./support/wait-until.ts";
import { type TestUser, WorkerdServer } from "./support/workerd-server.ts";

let server: WorkerdServer;
let admin: TestUser;
let ann: TestUser;
let botId: string;
let token: string;
let channelId: string;
let app: App;
const received: Record<string, any>[] = [];

const callAs = ({ tokens }: TestUser) => createClient({ url: server.url, tokens }).call;
const slackId = (letter: string, id: string) => `${letter}${id.slice(4)}`;
const post = async (content: string) =>
  requireMessage(await callAs(ann)(createMessage, { params: { channelId }, body: { content } }));

beforeAll(async () => {
  server = await WorkerdServer.start({
    TOGGLE_BURST: "2",
    TOGGLE_REFILL_MS: "1000",
    OUTBOUND_ALLOW_LOOPBACK: "on",
  });
  admin = await server.createAdmin("boss");
  [ann] = (await server.createUsers("ann")) as [TestUser];
  channelId = (await callAs(ann)(createChannel, { body: { name: "bots" } })).id;
  const created = await callAs(admin)(createBot, {
    body: { username: "helper", displayName: "Helper", scopes: ["read", "write", "files"] },
  });
  [botId, token] = [created.user.id, created.accessToken];
  await callAs(ann)(addMember, { params: { channelId }, body: { userId: botId } });
  app = new App({
    token,
    appToken: token,
    socketMode: true,
    logLevel: LogLevel.ERROR,
    clientOptions: { slackApiUrl: `${server.url}/slack/api/` },
  });
  app.message("ping", async ({ message, say }) => {
    received.push(message);
    await say({ text: "*pong*", thread_ts: message.ts });
  });
  app.event("app_mention", async ({ event, client }) => {
    received.push(event);
    await client.reactions.add({ channel: event.channel, timestamp: event.ts, name: "eyes" });
  });
  app.event("reaction_added", async ({ event }) => {
    received.push(event);
  });
  app.message("report", async ({ message, client }) => {
    await client.files.uploadV2({
      channel_id: message.channel,
      thread_ts: message.ts,
      filename: "report.txt",
      file: Buffer.from("all is well\n"),
      initial_comment: "The report",
    });
  });
  app.command("/deploy", async ({ command, ack, respond }) => {
    await ack({ text: `*deploying* ${command.text}` });
    await respond({
      response_type: "in_channel",
      text: `deployed ${command.text} for <@${command.user_id}>`,
    });
  });
  await app.start();
});
afterAll(async () => {
  await app?.stop();
  await server?.remove();
});

const web = () => new WebClient(token, { slackApiUrl: `${server.url}/slack/api/`, logLevel: LogLevel.ERROR });

test("[SK20] Bolt in Socket Mode replies in a thread, in mrkdwn", async () => {
  const { id: messageId } = await post("ping");
  const replies = async () =>
    (await callAs(ann)(getThreadMessages, { params: { channelId, messageId } })).items;
  await waitUntil("the reply", async () => (await replies()).length === 1);
  const [reply] = await replies();
  expect(reply).toMatchObject({ content: "**pong**", authorId: botId, isBot: true });
  expect(received.filter(({ text }) => text === "ping")).toHaveLength(1);
});

test("[SK20] Bolt reacts to a mention, and receives a reaction once", async () => {
  const { id } = await post("hello @helper");
  await waitUntil("the reaction", async () => {
    const { items } = await callAs(ann)(getChannelMessages, { params: { channelId } });
    return items.find((message) => message.id === id)?.reactions[0]?.emoji === "👀";
  });
  await callAs(ann)(addReaction, { params: { channelId, messageId: id, emoji: "🎉" } });
  await waitUntil("the event", () => received.some(({ type }) => type === "reaction_added"));
  expect(received.filter(({ type }) => type === "reaction_added")).toMatchObject([
    { reaction: "tada", user: slackId("U", ann.userId), item: { channel: slackId("C", channelId) } },
  ]);
});

test("[SK20] Bolt uploads a file into a thread", async () => {
  const { id: messageId } = await post("report");
  const files = async () =>
    (await callAs(ann)(getThreadMessages, { params: { channelId, messageId } })).items.flatMap(
      (reply) => reply.files,
    );
  await waitUntil("the file", async () => (await files()).length === 1);
  const [file] = await files();
  expect(file).toMatchObject({ name: "report.txt", sizeBytes: 12 });
});

test("[SK20] a slash command reaches Bolt, which acknowledges and responds later", async () => {
  await callAs(admin)(createSlashCommand, {
    body: { name: "deploy", description: "Deploy a service", botId },
  });
  const run = await callAs(ann)(runSlashCommand, {
    params: { channelId },
    body: { command: "/deploy", text: "api" },
  });
  expect(run.ephemeral).toMatchObject({ content: "**deploying** api", authorId: botId });
  await waitUntil("the response", async () => {
    const { items } = await callAs(ann)(getChannelMessages, { params: { channelId } });
    return items.at(-1)?.content === "deployed api for @" + ann.username;
  });
});

test("[SK6] no message is missed or repeated when the channel's object restarts", async () => {
  await server.abortObject("room", channelId);
  const { id: messageId } = await post("ping");
  await waitUntil("the reply", async () => {
    const { items } = await callAs(ann)(getThreadMessages, { params: { channelId, messageId } });
    return items.length === 1;
  });
  expect(received.filter(({ text }) => text === "ping")).toHaveLength(2);
});

test("[SK21] a file larger than a part is uploaded by its address", async () => {
  const bytes = randomBytes(11 * 1024 * 1024);
  const { upload_url: url, file_id: id } = await web().files.getUploadURLExternal({
    filename: "large.bin",
    length: bytes.length,
  });
  const uploaded = await fetch(url!, { method: "POST", body: bytes });
  expect(uploaded.status, await uploaded.text()).toBe(200);
  await web().files.completeUploadExternal({ files: [{ id: id! }] });
  const { file } = await web().files.info({ file: id! });
  expect(file).toMatchObject({ name: "large.bin", size: bytes.length });
  const content = await fetch(file!.url_private!, { headers: { Authorization: `Bearer ${token}` } });
  expect(Buffer.from(await content.arrayBuffer()).equals(bytes)).toBe(true);
});

test("[SK22] the web client reads 1,200 messages page by page", async () => {
  const { id } = await callAs(ann)(createChannel, { body: { name: "long" } });
  await callAs(ann)(addMember, { params: { channelId: id }, body: { userId: botId } });
  const numbers = Array.from({ length: 1_200 }, (_, at) => at);
  await inParallel(numbers, 60, async (number) => {
    await callAs(ann)(createMessage, { params: { channelId: id }, body: { content: `n${number}` } });
  });
  const channel = slackId("C", id);
  const stamps: string[] = [];
  const texts = new Set<string>();
  for await (const page of web().paginate("conversations.history", { channel, limit: 200 }))
    for (const message of (page as unknown as { messages: { ts: string; text: string }[] }).messages) {
      stamps.push(message.ts);
      texts.add(message.text);
    }
  expect(texts.size).toBe(1_200);
  expect(stamps).toEqual([...new Set(stamps)].toSorted().toReversed());
});

test("[SK23] the web client waits for Retry-After and succeeds", async () => {
  const channel = slackId("C", channelId);
  const posted = await web().apiCall("chat.postMessage", { channel, text: "toggle" });
  const { ts } = posted as unknown as { ts: string };
  const at = { channel, timestamp: ts, name: "wave" };
  const client = web();
  let limited = 0;
  client.on(WebClientEvent.RATE_LIMITED, () => limited++);
  for (let turn = 0; turn < 2; turn++) {
    expect((await client.reactions.add(at)).ok).toBe(true);
    expect((await client.reactions.remove(at)).ok).toBe(true);
  }
  expect(limited).toBeGreaterThan(0);
});

test("[SK24] a scheduled message is listed, then sent", async () => {
  const channel = slackId("C", channelId);
  const client = web();
  const scheduled = await client.chat.scheduleMessage({
    channel,
    text: "later",
    post_at: Math.floor(Date.now() / 1_000) + 2,
  });
  const { scheduled_messages: list } = await client.chat.scheduledMessages.list({ channel });
  expect(list).toMatchObject([{ id: scheduled.scheduled_message_id, text: "later" }]);
  await waitUntil("the message", async () => {
    const { messages } = await client.conversations.history({ channel, limit: 1 });
    return messages?.[0]?.text === "later";
  });
});

test("[SK25] Bolt in HTTP mode receives signed events and slash commands", async () => {
  const asBot = createClient({ url: server.url, token }).call;
  const { id } = await callAs(ann)(createChannel, { body: { name: "http" } });
  await callAs(ann)(addMember, { params: { channelId: id }, body: { userId: botId } });
  const signingSecret = "0123456789abcdef0123456789abcdef";
  const port = await freePort();
  const http = new App({
    token,
    signingSecret,
    logLevel: LogLevel.ERROR,
    clientOptions: { slackApiUrl: `${server.url}/slack/api/` },
  });
  http.message("over http", async ({ message, say }) => {
    await say({ text: "_received_", thread_ts: message.ts });
  });
  http.command("/status-page", async ({ command, ack }) => ack(`up since ${command.text}`));
  await http.start(port);
  try {
    const url = `http://127.0.0.1:${port}/slack/events`;
    await expect(
      asBot(createEventSubscription, {
        body: { name: "bolt", url, events: ["messageCreate"], signingSecret: `${signingSecret}x` },
      }),
    ).rejects.toMatchObject({ code: "validation_failed" });
    const events: EventType[] = ["messageCreate", "threadCreate", "reactionAdd"];
    await asBot(createEventSubscription, {
      body: { name: "bolt", url, events, channelIds: [id], signingSecret },
    });
    const message = requireMessage(
      await callAs(ann)(createMessage, {
        params: { channelId: id },
        body: { content: "over http" },
      }),
    );
    const params = { channelId: id, messageId: message.id };
    await waitUntil(
      "the reply",
      async () => (await callAs(ann)(getThreadMessages, { params })).items[0]?.content === "_received_",
    );
    await callAs(admin)(createSlashCommand, {
      body: { name: "status-page", description: "Tell the state", url, signingSecret, botId },
    });
    const run = await callAs(ann)(runSlashCommand, {
      params: { channelId: id },
      body: { command: "/status-page", text: "noon" },
    });
    expect(run.ephemeral).toMatchObject({ content: "up since noon", authorId: botId });
  } finally {
    await http.stop();
  }
});

test("[SK26] hubot with its Slack adapter answers in a channel and in a thread", async () => {
  const { id } = await callAs(ann)(createChannel, { body: { name: "hubot" } });
  await callAs(ann)(addMember, { params: { channelId: id }, body: { userId: botId } });
  process.env["HUBOT_LOG_LEVEL"] = "silent";
  // Neither package has types.
  const [hubot, adapter] = ["hubot", "@hubot-friends/hubot-slack"];
  const { Robot } = (await import(hubot)) as { Robot: new (...given: unknown[]) => any };
  const { SlackBot } = (await import(`${adapter}/src/Bot.mjs`)) as {
    SlackBot: new (...given: unknown[]) => object;
  };
  const require = createRequire(createRequire(import.meta.url).resolve(adapter));
  const { WebClient: OwnWebClient } = require("@slack/web-api") as { WebClient: typeof WebClient };
  const slackApiUrl = `${server.url}/slack/api/`;
  const options = {
    // The prefixes that hubot's adapter insists on are not part of the token.
    botToken: `xoxb-${token}`,
    appToken: `xapp-${token}`,
    socketModeOptions: { clientOptions: { slackApiUrl } },
    web: new OwnWebClient(`xoxb-${token}`, { slackApiUrl }),
  };
  const robot = new Robot({ use: (bot: object) => new SlackBot(bot, options) }, false, "helper");
  await robot.loadAdapter();
  robot.hear(/badger/, (response: { send(text: string): Promise<void> }) => response.send("mushroom"));
  robot.respond(/open the (.*) doors/, (response: any) =>
    response.reply(`opening the ${response.match[1]} doors`),
  );
  await robot.run();
  try {
    const say = (content: string) =>
      callAs(ann)(createMessage, { params: { channelId: id }, body: { content } });
    const contents = async () =>
      (await callAs(ann)(getChannelMessages, { params: { channelId: id } })).items
        .filter(({ authorId }) => authorId === botId)
        .map(({ content }) => content);
    await say("badger badger");
    await waitUntil("the answer", async () => (await contents()).includes("mushroom"));
    await say("@helper open the pod bay doors");
    await waitUntil("the reply", async () =>
      (await contents()).includes(`@${ann.username}: opening the pod bay doors`),
    );
  } finally {
    robot.shutdown();
  }
});
