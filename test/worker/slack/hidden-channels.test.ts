import { beforeAll, expect, test } from "vitest";
import type { z } from "zod";
import { noId } from "../../../src/lib/ids.ts";
import { slackMethods } from "../../../src/features/slack/methods/index.ts";
import { callSlack, slackOk } from "../../support/worker/clients/slack-client.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { createTokenFor } from "../../support/worker/fixtures/tokens.ts";

type Caller = { token: string };

let owner: TestUser;
let hidden: string;
let ts: string;
let callers: Record<string, Caller>;

const slackId = (letter: string, id: string): string => `${letter}${id.slice(4)}`;

beforeAll(async () => {
  owner = await createUser("ann");
  const removed = await createUser("rob");
  const guest = await createUser("gus", { role: "guest" });
  const insider = await createUser("ivy");
  hidden = await createChannelFor(owner, [removed, insider], { isPrivate: true });
  const open = await createChannelFor(owner, [removed, guest, insider]);
  const { as } = await createTokenFor(owner, { scopes: ["read", "write", "files"] });
  ({ ts } = await slackOk("chat.postMessage", as, { channel: slackId("C", hidden), text: "secret words" }));
  await owner.call("DELETE", `/v1/channels/${hidden}/members/${removed.userId}`);
  callers = {
    removed: (await createTokenFor(removed)).as,
    guest: (await createTokenFor(guest)).as,
    restricted: (await createTokenFor(insider, { channelIds: [open] })).as,
  };
});

/** Arguments with which each method names a channel and a message. */
const argumentsFor = (id: string, user: string) => ({
  ...{ channel: slackId("C", id), channel_id: slackId("C", id), ts, timestamp: ts, message_ts: ts },
  ...{ text: `see <#${slackId("C", id)}>`, name: "thumbsup", topic: "t", purpose: "p", user, users: user },
  ...{ post_at: Math.floor(Date.now() / 1_000) + 600, scheduled_message_id: "Q01", query: "secret words" },
  ...{ email: "none@example.org", bot: "B01", file: "F01", filename: "a.txt", length: 5, presence: "auto" },
  files: [{ id: slackId("F", noId("fil")) }],
});

const methods = [...slackMethods].flatMap(([name, method]) => {
  const { shape } = method.arguments as z.ZodObject;
  return "channel" in shape || "channel_id" in shape ? [name] : [];
});

test("[RD2] Slack's methods answer for a hidden channel as for one that does not exist", async () => {
  const user = slackId("U", owner.userId);
  const answerOf = async (method: string, caller: Caller, id: string) => {
    const { status, body } = await callSlack(method, caller, argumentsFor(id, user));
    return [status, JSON.stringify(body).replaceAll(id.slice(4), "ID")];
  };
  expect(methods.length).toBeGreaterThan(25);
  await Promise.all(
    Object.entries(callers).map(async ([name, caller]) => {
      for (const method of methods)
        expect(await answerOf(method, caller, hidden), `${name} ${method}`).toEqual(
          await answerOf(method, caller, noId("chn")),
        );
    }),
  );
});

test("[RD2] Slack's lists and searches contain nothing of a hidden channel", async () => {
  const secret = new RegExp(`secret words|${hidden.slice(4)}`);
  const types = "public_channel,private_channel,im,mpim";
  await Promise.all(
    Object.entries(callers).map(async ([name, caller]) => {
      for (const method of ["conversations.list", "users.conversations", "chat.scheduledMessages.list"])
        expect(
          JSON.stringify((await callSlack(method, caller, { types })).body),
          `${name} ${method}`,
        ).not.toMatch(secret);
      const { messages } = (await callSlack("search.messages", caller, { query: "secret words" })).body;
      expect(JSON.stringify(messages?.matches ?? [])).not.toMatch(secret);
    }),
  );
});
