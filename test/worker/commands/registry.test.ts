import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { accountDatabase, slashCommands } from "../../../src/db/index.ts";
import * as api from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { startCommandServer } from "../../support/worker/fakes/command-server.ts";
import { createUser } from "../../support/worker/fixtures/accounts.ts";
import {
  createCommandBot,
  createCommandScene,
  newCommandName,
  registerCommand,
} from "../../support/worker/fixtures/slash-commands.ts";
import { createTokenFor } from "../../support/worker/fixtures/tokens.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";

const description = "Deploy a service";

test("[SC1] a bot registers for itself, and an admin for a bot", async () => {
  const admin = await createUser("admin", { role: "admin" });
  const bot = await createCommandBot(admin);
  const own = await registerCommand(bot, { name: `/${newCommandName().toUpperCase()}`, usage: "<service>" });
  expect(own).toMatchObject({
    command: {
      botId: bot.user.id,
      delivery: "socket",
      url: null,
      usage: "<service>",
      createdBy: bot.user.id,
    },
    secret: null,
  });
  expect(own.command.name).toMatch(/^deploy-\d+$/);
  const body = { name: newCommandName(), description, botId: bot.user.id };
  const { command } = await expectOk(api.createSlashCommand, { as: admin, body });
  expect(command).toMatchObject({ botId: bot.user.id, createdBy: admin.userId });
  expect(await expectOk(api.getSlashCommand, { as: admin, params: { commandId: own.command.id } })).toEqual(
    own.command,
  );
});

test("[SC1] others can neither register, read, change nor delete a command", async () => {
  const { ann, admin, bot, command } = await createCommandScene();
  const other = await createCommandBot(admin);
  const pat = await createTokenFor(admin, { scopes: ["read", "write"] });
  const params = { commandId: command.id };
  for (const as of [ann, other.as, pat.as]) {
    const body = { name: newCommandName(), description, botId: bot.user.id };
    expect(await expectRejected(api.createSlashCommand, { as, body })).toMatchObject({ code: "forbidden" });
    for (const endpoint of [api.getSlashCommand, api.deleteSlashCommand, api.rotateSlashCommandSecret])
      expect(await expectRejected(endpoint, { as, params })).toMatchObject({ code: "forbidden" });
    const change = { as, params, body: { description: "mine" } };
    expect(await expectRejected(api.updateSlashCommand, change)).toMatchObject({ code: "forbidden" });
  }
  const body = { name: newCommandName(), description };
  expect(await expectRejected(api.createSlashCommand, { as: ann, body })).toMatchObject({
    code: "forbidden",
  });
  const person = { ...body, botId: ann.userId };
  expect(await expectRejected(api.createSlashCommand, { as: admin, body: person })).toMatchObject({
    code: "not_found",
  });
});

test("[SC1] names are unique in any case; reserved and malformed ones are rejected", async () => {
  const { bot, admin, command } = await createCommandScene();
  const other = await createCommandBot(admin);
  for (const as of [bot.as, other.as]) {
    const body = { name: `/${command.name.toUpperCase()}`, description };
    expect(await expectRejected(api.createSlashCommand, { as, body })).toMatchObject({ code: "conflict" });
  }
  for (const name of [...api.builtInCommands, "/Remind", "who", "", "/", "a b", "-a", "ä", "a".repeat(33)])
    expect(
      await expectRejected(api.createSlashCommand, { as: bot.as, body: { name, description } }),
      name,
    ).toMatchObject({ code: "validation_failed", issues: [{ path: "name" }] });
  const second = await registerCommand(bot);
  const params = { commandId: second.command.id };
  const renamed = { as: bot.as, params, body: { name: command.name } };
  expect(await expectRejected(api.updateSlashCommand, renamed)).toMatchObject({ code: "conflict" });
});

test("[SC1] a bot and the workspace have a limited number of commands, under load too", async () => {
  const admin = await createUser("admin", { role: "admin" });
  const bot = await createCommandBot(admin);
  setWorkerConfig({ BOT_COMMANDS: 2 });
  const statuses = await Promise.all(
    Array.from({ length: 6 }, async () => {
      const body = { name: newCommandName(), description };
      return (await callEndpoint(api.createSlashCommand, { as: bot.as, body })).status;
    }),
  );
  expect(statuses.toSorted()).toEqual([201, 201, 409, 409, 409, 409]);
  setWorkerConfig({ BOT_COMMANDS: 100, WORKSPACE_COMMANDS: 1 });
  const body = { name: newCommandName(), description };
  expect(await expectRejected(api.createSlashCommand, { as: bot.as, body })).toMatchObject({
    code: "conflict",
  });
});

test("[SC2] all members list the commands, without addresses and with an ETag", async () => {
  const { url } = startCommandServer();
  const { ann, command } = await createCommandScene(url);
  const guest = await createUser("guest", { role: "guest" });
  const { items } = await expectOk(api.getSlashCommands, { as: guest });
  const names = items.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining([...api.builtInCommands, command.name]));
  expect(names).toEqual(names.toSorted());
  expect(JSON.stringify(items)).not.toContain(url);
  const { id, name, usage, botId } = command;
  expect(items.find((item) => item.id === id)).toEqual({ id, name, description, usage, botId });
  const first = await callEndpoint(api.getSlashCommands, { as: ann });
  const etag = first.headers.get("ETag") ?? "";
  const again = await callEndpoint(api.getSlashCommands, { as: ann, headers: { "If-None-Match": etag } });
  expect([again.status, again.text]).toEqual([304, ""]);
  const change = { params: { commandId: id }, body: { description: "Roll out" } };
  await expectOk(api.updateSlashCommand, {
    as: { token: (await createUser("boss", { role: "owner" })).token },
    ...change,
  });
  const changed = await callEndpoint(api.getSlashCommands, { as: ann, headers: { "If-None-Match": etag } });
  expect(changed.status).toBe(200);
});

test("[SC3] commands end when they are deleted or their bot is deactivated", async () => {
  const { ann, admin, bot, command, request } = await createCommandScene();
  const second = await registerCommand(bot);
  await expectOk(api.deleteSlashCommand, { as: bot.as, params: { commandId: second.command.id } });
  await expectOk(api.deactivateBot, { as: admin, params: { userId: bot.user.id } });
  const { items } = await expectOk(api.getSlashCommands, { as: ann });
  const gone = [command.name, second.command.name];
  expect(items.filter(({ name }) => gone.includes(name))).toEqual([]);
  expect(await expectRejected(api.runSlashCommand, request())).toMatchObject({ code: "not_found" });
  const stored = await accountDatabase(env).select().from(slashCommands);
  expect(stored.filter(({ userId }) => userId === bot.user.id)).toEqual([]);
  const other = await createCommandBot(admin);
  for (const name of gone) await registerCommand(other, { name });
  const body = { name: newCommandName(), description, botId: bot.user.id };
  expect(await expectRejected(api.createSlashCommand, { as: admin, body })).toMatchObject({
    code: "conflict",
  });
});

test("[SC4] D1 holds no readable secret, and no response shows it again", async () => {
  const { url } = startCommandServer();
  const { bot, secret, command } = await createCommandScene(url);
  expect(secret).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/);
  const params = { commandId: command.id };
  const rotated = await expectOk(api.rotateSlashCommandSecret, { as: bot.as, params });
  expect(rotated.secret).not.toBe(secret);
  const shown = JSON.stringify([
    await accountDatabase(env).select().from(slashCommands),
    await expectOk(api.getSlashCommand, { as: bot.as, params }),
  ]);
  for (const text of [secret!, rotated.secret!]) expect(shown).not.toContain(text.slice(6, 40));
});

test("[SC4] URLs to private addresses are rejected; without a URL there is no secret", async () => {
  const { bot, command } = await createCommandScene();
  const params = { commandId: command.id };
  for (const url of [
    "https://10.0.0.1/",
    "http://example.org/",
    "https://127.1/",
    "ftp://a.example.org",
    "x",
  ]) {
    const body = { name: newCommandName(), description, url };
    expect(await expectRejected(api.createSlashCommand, { as: bot.as, body }), url).toMatchObject({
      issues: [{ path: "url" }],
    });
    const change = { as: bot.as, params, body: { url } };
    expect(await expectRejected(api.updateSlashCommand, change), url).toMatchObject({
      issues: [{ path: "url" }],
    });
  }
  expect(await expectRejected(api.rotateSlashCommandSecret, { as: bot.as, params })).toMatchObject({
    code: "conflict",
  });
  const moved = await expectOk(api.updateSlashCommand, {
    as: bot.as,
    params,
    body: { url: "https://commands.parley.app/deploy" },
  });
  expect(moved.secret).toMatch(/^whsec_/);
  expect(moved.command.delivery).toBe("url");
  const back = await expectOk(api.updateSlashCommand, { as: bot.as, params, body: { url: null } });
  expect(back).toMatchObject({ command: { delivery: "socket", url: null } });
});
