import { expect, test } from "vitest";
import * as api from "../../../src/protocol/index.ts";
import { expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { connectGateway } from "../../support/worker/clients/gateway-client.ts";
import { createUser, createUsers, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { createChannelFor, setPostingRules } from "../../support/worker/fixtures/channels.ts";
import { createCommandScene } from "../../support/worker/fixtures/slash-commands.ts";
import { emojiOf } from "../../support/worker/fixtures/workspace-samples.ts";
import { createTokenFor } from "../../support/worker/fixtures/tokens.ts";

/** A channel that Ann owns, with Bob. */
async function scene() {
  const [ann, bob, eve] = (await createUsers("ann", "bob", "eve")) as [TestUser, TestUser, TestUser];
  const channelId = await createChannelFor(ann, [bob]);
  const params = { channelId };
  const run = (typed: string, as: { token: string } = ann, more: object = {}) => {
    const [command = "", ...words] = typed.split(" ");
    const body = { command, text: words.join(" "), ...more };
    return expectOk(api.runSlashCommand, { as, params, body });
  };
  return {
    ann,
    bob,
    eve,
    channelId,
    params,
    run,
    /** Returns the text that only the user saw. */
    reply: async (typed: string, as: { token: string } = ann) => (await run(typed, as)).ephemeral?.content,
    messages: async () => (await expectOk(api.getChannelMessages, { as: ann, params, query: {} })).items,
  };
}

test("[SC11] /me and /shrug post messages of the user, in threads too, a nonce once", async () => {
  const { ann, run, messages } = await scene();
  const { message } = await run("/me waves at *all*");
  expect(message).toMatchObject({ authorId: ann.userId, content: "waves at *all*", kind: "me" });
  expect((await run("/SHRUG who knows")).message?.content).toBe("who knows ¯\\_(ツ)_/¯");
  expect((await run("shrug")).message?.content).toBe("¯\\_(ツ)_/¯");
  const first = await run("/me once", ann, { nonce: "n" });
  expect((await run("/me once", ann, { nonce: "n" })).message?.id).toBe(first.message?.id);
  const { message: replied } = await run("/me replies", ann, { threadId: message!.id });
  expect(replied).toMatchObject({ threadId: message!.id, kind: "me" });
  expect((await messages()).length).toBe(4);
});

test("[SC11] what the user can correct is an ephemeral answer that states the usage", async () => {
  const { ann, bob, channelId, reply, messages } = await scene();
  const socket = await connectGateway(ann);
  expect(await reply("/me")).toMatch(/^\/me: Must not be empty\.\nUsage: `\/me text`$/);
  expect((await socket.next("ephemeralCreate")).data.message).toMatchObject({
    channelId,
    userId: ann.userId,
  });
  expect(await reply(`/shrug ${"x".repeat(8_000)}`)).toMatch(/at most \d+ characters/);
  expect(await reply("/remind me")).toMatch(/Say what to remind of and when/);
  expect(await reply("/invite")).toMatch(/Name at least one user/);
  expect(await reply(`/topic ${"x".repeat(2_000)}`)).toMatch(/^\/topic: Must have/);
  expect(await reply("/topic mine", bob)).toMatch(/^\/topic: Your role in this channel does not allow it/);
  expect(await messages()).toEqual([]);
});

test("[SC11] /topic shows, sets and removes the topic", async () => {
  const { ann, params, reply } = await scene();
  const topic = async () => (await expectOk(api.getChannel, { as: ann, params })).topic;
  expect(await reply("/topic")).toBe("This channel has no topic.");
  expect(await reply("/topic Release on Friday")).toBe("The topic was changed.");
  expect(await topic()).toBe("Release on Friday");
  expect(await reply("/topic")).toBe("The topic is: Release on Friday");
  await reply("/topic -");
  expect(await topic()).toBe("");
});

test("[SC11] /invite adds users by name and says what happened to each", async () => {
  const { ann, bob, eve, params, reply } = await scene();
  const guest = await createUser("guest", { role: "guest" });
  const answer = await reply(`/invite @${eve.username}, ${bob.username.toUpperCase()} @nobody.here`);
  expect(answer).toBe(
    `@${eve.username} was added.\n@${bob.username} is a member already.\nThere is no user @nobody.here.`,
  );
  const { items } = await expectOk(api.getMembers, { as: ann, params });
  expect(items.map(({ userId }) => userId).toSorted()).toEqual(
    [ann.userId, bob.userId, eve.userId].toSorted(),
  );
  expect(await reply(`/invite ${Array.from({ length: 11 }, (_, at) => `u${at}x`).join(" ")}`)).toMatch(
    /at most 10/,
  );
  await ann.call("POST", `/v1/channels/${params.channelId}/members`, { userId: guest.userId });
  expect(await reply(`/invite @${eve.username}`, guest)).toMatch(/Guests can't add users/);
});

test("[SC11] /leave ends the membership, even where posting is not permitted", async () => {
  const { ann, bob, params, reply } = await scene();
  await setPostingRules(params.channelId, { postingPolicy: "moderators", muted: bob.userId });
  expect(await reply("/leave", bob)).toBe("You left the channel.");
  const { items } = await expectOk(api.getMembers, { as: ann, params });
  expect(items.map(({ userId }) => userId)).toEqual([ann.userId]);
});

test("[SC11] /status sets emoji, text and end; shows and clears it", async () => {
  const { ann, reply } = await scene();
  const custom = async () => (await expectOk(api.getStatus, { as: ann })).custom;
  expect(await reply("/status")).toBe("You have no status.");
  expect(await reply("/status 🎉 Celebrating the release for 2 hours")).toMatch(
    /^Your status is now 🎉 “Celebrating the release” until \d\d:\d\d on \d{4}-\d\d-\d\d \(UTC\)\.$/,
  );
  const { expiresAt, ...shown } = (await custom())!;
  expect(shown).toEqual({ emoji: "🎉", text: "Celebrating the release" });
  const inMinutes = (Date.parse(expiresAt!) - Date.now()) / 60_000;
  expect(inMinutes).toBeGreaterThan(115);
  expect(inMinutes).toBeLessThanOrEqual(120);
  await reply("/status waiting for Godot");
  expect(await custom()).toEqual({ text: "waiting for Godot" });
  expect(await reply("/status CLEAR")).toBe("Your status was cleared.");
  expect(await custom()).toBeNull();
});

test("[SC11] [HB7] /status accepts a custom emoji; any other `:name:` is text", async () => {
  const { ann, reply } = await scene();
  const name = await emojiOf(ann);
  expect(await reply(`/status :${name}: Releasing`)).toBe(`Your status is now :${name}: “Releasing”.`);
  await reply("/status :tada: Releasing");
  expect((await expectOk(api.getStatus, { as: ann })).custom).toEqual({ text: ":tada: Releasing" });
});

test("[SC11] /remind creates a reminder, each nonce once", async () => {
  const { ann, run, params, reply } = await scene();
  expect(await reply("/remind me to call Bob in 20 minutes")).toMatch(
    /^You will be reminded of “call Bob” at \d\d:\d\d on \d{4}-\d\d-\d\d \(UTC\)\.$/,
  );
  await run("/remind stretch in 2 hours", ann, { nonce: "n" });
  await run("/remind stretch in 2 hours", ann, { nonce: "n" });
  const { items } = await expectOk(api.getReminders, { as: ann });
  expect(items.map(({ text }) => text)).toEqual(["call Bob", "stretch"]);
  const restricted = await createTokenFor(ann, { channelIds: [params.channelId] });
  expect(await reply("/remind me to rest in 3 hours", restricted.as)).toMatch(/restricted to channels/);
});

test("[SC11] /help lists all commands, or describes one", async () => {
  const { command, run, ann } = await createCommandScene();
  const text = async (fields: object) =>
    (await run({ command: "/help", ...fields })).ephemeral?.content ?? "";
  const all = await text({ text: "" });
  for (const name of [...api.builtInCommands, command.name]) expect(all).toContain(`\`/${name}`);
  expect([...all].length).toBeLessThanOrEqual(8_000);
  expect(await text({ text: `/${command.name}` })).toBe(`- \`/${command.name}\`: Deploy a service`);
  expect(await text({ text: "nothing" })).toMatch(/no command \/nothing/);
  expect(ann.userId).toMatch(/^usr_/);
});

test("[SC11] commands of the server need the same access as what they do", async () => {
  const { eve, params } = await scene();
  const [ann] = (await createUsers("ann")) as [TestUser];
  const hidden = await createChannelFor(ann, [], { isPrivate: true });
  const rejected = async (command: string, channelId: string) =>
    (
      await expectRejected(api.runSlashCommand, {
        as: eve,
        params: { channelId },
        body: { command, text: "x" },
      })
    ).code;
  for (const command of ["me", "shrug", "topic", "invite"])
    expect(await rejected(command, params.channelId), command).toBe("forbidden");
  for (const command of api.builtInCommands)
    expect(await rejected(command, hidden), command).toBe("not_found");
});
