import { env } from "cloudflare:workers";
import { eq } from "drizzle-orm";
import { afterEach, expect, test } from "vitest";
import { accountDatabase, slashCommands, users } from "../../../src/db/index.ts";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import * as api from "../../../src/protocol/index.ts";
import { eventually } from "../../support/worker/assertions/eventually.ts";
import { callEndpoint, expectOk, expectRejected } from "../../support/worker/clients/endpoint-client.ts";
import { crashOnceAt } from "../../support/worker/fakes/crashes.ts";
import { createUser } from "../../support/worker/fixtures/accounts.ts";
import {
  createCommandBot,
  createCommandScene,
  newCommandName,
  registerCommand,
} from "../../support/worker/fixtures/slash-commands.ts";
import { evictHub } from "../../support/worker/objects/hub-object.ts";
import { setWorkerConfig } from "../../support/worker/objects/worker-config.ts";

const description = "Deploy a service";

afterEach(() => onFailpoint(undefined));

const registeredOf = async (botId: string) =>
  (await accountDatabase(env).select().from(slashCommands)).filter(({ userId }) => userId === botId);
const accountOf = (id: string) => accountDatabase(env).select().from(users).where(eq(users.id, id)).get();
const botCount = async () =>
  (await accountDatabase(env).select().from(users).where(eq(users.isBot, true))).length;

test("[SC13] a command without a botId creates its bot, which ends with it", async () => {
  const admin = await createUser("admin", { role: "admin" });
  const body = { name: newCommandName(), description };
  const { command } = await expectOk(api.createSlashCommand, { as: admin, body });
  const params = { userId: command.botId };
  const shown = () => expectOk(api.getUser, { as: admin, params });
  expect(await shown()).toMatchObject({
    displayName: body.name,
    username: expect.stringMatching(/^deploy-/),
    isBot: true,
  });
  const commandParams = { commandId: command.id };
  const rename = { name: newCommandName() };
  await expectOk(api.updateSlashCommand, { as: admin, params: commandParams, body: rename });
  expect((await shown()).displayName).toBe(rename.name);
  const { accessToken } = await expectOk(api.createBotToken, {
    as: admin,
    params,
    body: { name: "t", scopes: ["read"] },
  });
  await expectOk(api.deleteSlashCommand, { as: admin, params: commandParams });
  expect(await accountOf(command.botId)).toMatchObject({ active: false });
  expect(await expectRejected(api.getMe, { as: { token: accessToken } })).toMatchObject({
    code: "unauthenticated",
  });
  expect(await registeredOf(command.botId)).toEqual([]);
  await registerCommand(await createCommandBot(admin), { name: rename.name });
});

test("[SC13] a rejected registration creates no bot; a named bot outlives its command", async () => {
  const { admin, bot, command } = await createCommandScene();
  const before = await botCount();
  const taken = { as: admin, body: { name: command.name, description } };
  expect(await expectRejected(api.createSlashCommand, taken)).toMatchObject({ code: "conflict" });
  setWorkerConfig({ WORKSPACE_COMMANDS: 1 });
  const beyond = { as: admin, body: { name: newCommandName(), description } };
  expect(await expectRejected(api.createSlashCommand, beyond)).toMatchObject({ code: "conflict" });
  expect(await botCount()).toBe(before);
  await expectOk(api.deleteSlashCommand, { as: admin, params: { commandId: command.id } });
  expect(await accountOf(bot.user.id)).toMatchObject({ active: true });
});

test("[SC13] after a crash the repeated deletion ends the bot of a command", async () => {
  const admin = await createUser("admin", { role: "admin" });
  const body = { name: newCommandName(), description };
  const { command } = await expectOk(api.createSlashCommand, { as: admin, body });
  const userParams = { userId: command.botId };
  const { accessToken } = await expectOk(api.createBotToken, {
    as: admin,
    params: userParams,
    body: { name: "t", scopes: ["read"] },
  });
  crashOnceAt("command:after-delete");
  const params = { commandId: command.id };
  expect((await callEndpoint(api.deleteSlashCommand, { as: admin, params })).status).toBe(500);
  onFailpoint(undefined);
  await evictHub(command.botId);
  await eventually(
    async () => (await callEndpoint(api.getMe, { as: { token: accessToken } })).status === 401,
    "the end of the bot's token",
  );
  expect(await registeredOf(command.botId)).toEqual([]);
});
