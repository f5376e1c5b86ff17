import { beforeAll, describe, expect, test } from "vitest";
import type { z } from "zod";
import { type CommandType, commands, commandTypes } from "../../../src/protocol/index.ts";
import { listEvents } from "../../support/worker/clients/event-log.ts";
import type { TestSocket } from "../../support/worker/clients/socket-client.ts";
import { type CommandData, restRequestOf } from "../../support/worker/clients/transports.ts";
import type { TestUser } from "../../support/worker/fixtures/accounts.ts";
import {
  type ChannelScenario,
  createChannelScenario,
} from "../../support/worker/fixtures/channel-scenario.ts";
import { createChannelFor } from "../../support/worker/fixtures/channels.ts";
import { commandCases } from "../../support/worker/fixtures/command-cases.ts";
import { hostileStrings, hostileValues } from "../../support/worker/generators/hostile-values.ts";
import { roomTables } from "../../support/worker/objects/room-object.ts";

let stage: ChannelScenario;
/** Ids of other kinds, of other channels, and of a channel that is hidden from all actors. */
let others: Record<string, string>;
let hearer: TestSocket;

beforeAll(async () => {
  stage = await createChannelScenario({ isPrivate: false });
  const { ann, guest, channelId } = stage;
  const elsewhere = await createChannelFor(ann);
  const hidden = await createChannelFor(guest, [], { isPrivate: true });
  const say = async (who: TestUser, id: string): Promise<string> =>
    (await who.call("POST", `/v1/channels/${id}/messages`, { content: "secret" })).body.id;
  const [there, unseen] = [await say(ann, elsewhere), await say(guest, hidden)];
  const { body: reply } = await guest.call("POST", `/v1/channels/${hidden}/messages/${unseen}/thread`, {
    content: "secret",
  });
  others = {
    "a user": ann.userId,
    "a session": ann.sessionId,
    "this channel": channelId,
    "a hidden channel": hidden,
    "a message of another channel": there,
    "a message of a hidden channel": unseen,
    "a reply of a hidden channel": reply.id,
    "nothing at all": "msg_01AAAAAAAAAAAAAAAAAAAAAAAA",
  };
  hearer = await stage.cid.connect(channelId);
});

const isId = (field: string): boolean => field.endsWith("Id");
const fieldsOf = (type: CommandType): string[] => Object.keys((commands[type].data as z.ZodObject).shape);

/** Data that the schema rejects, with the invalid field; an unknown field is named in the message. */
function* wrong(
  type: CommandType,
  right: CommandData,
): Generator<[what: string, field: string, data: CommandData]> {
  const schema = commands[type].data;
  for (const field of fieldsOf(type)) {
    const values = { ...hostileStrings, ...hostileValues, ...(isId(field) && others) };
    for (const [what, value] of Object.entries(values)) {
      const data = { ...right, [field]: value };
      if (JSON.stringify(data).length < 60_000 && !schema.safeParse(data).success) yield [what, field, data];
    }
    const { [field]: _, ...without } = right;
    if (!schema.safeParse(without).success) yield ["nothing", field, without];
  }
  for (const field of ["colour", "seqs", "authorId", "channelId", "mentions", "constructor", "at"])
    yield ["an unknown field", field, { ...right, [field]: { role: "owner" } }];
}

/** The fields that REST carries in the body rather than in the path. */
const inBody = (type: CommandType, data: CommandData, field: string): boolean =>
  field in ((restRequestOf[type](data)[2] as CommandData | undefined) ?? {});

/** Opens a new socket for every few invalid frames, since a socket that keeps sending them is closed. */
async function* sockets(who: TestUser): AsyncGenerator<TestSocket, never> {
  for (;;) {
    const socket = await who.connect(stage.channelId);
    for (let asked = 0; asked < 15; asked++) yield socket;
    socket.close();
  }
}

/** Asserts that `work` changes no table and sends no event. */
async function withoutTrace(work: () => Promise<void>): Promise<void> {
  const { ann, channelId } = stage;
  const [before, heard] = [await roomTables(channelId), hearer.events.length];
  await work();
  expect(await roomTables(channelId)).toEqual(before);
  const { body: sentinel } = await ann.call("POST", `/v1/channels/${channelId}/messages`, { content: "now" });
  await hearer.waitForSeq(sentinel.seq);
  expect(hearer.events.slice(heard).map(({ seq }) => seq)).toEqual([sentinel.seq]);
  expect((await listEvents(channelId, ann)).at(-1)?.seq).toBe(sentinel.seq);
}

describe.each(commandTypes)("%s", (type) => {
  const actor = () => stage[commandCases[type].by === "guest" ? "cid" : commandCases[type].by];

  test("[RM1] [RM11] [LG2] an invalid frame field is named and changes nothing", () =>
    withoutTrace(async () => {
      const entrances = sockets(actor());
      for (const [what, field, data] of wrong(type, commandCases[type].data(stage))) {
        const socket = (await entrances.next()).value;
        const answer = await socket.sendCommand(type, data);
        const about = `${field}: ${what} ${JSON.stringify(answer).slice(0, 300)}`;
        if (answer.type !== "error") throw new Error(about);
        expect(answer.error.code, about).toBe("validation_failed");
        const named = answer.error.issues!.flatMap(({ path, message }) => [path, message]);
        expect(named, about).toContainEqual(
          expect.stringMatching(
            new RegExp(what === "an unknown field" ? `\\b${field}\\b` : `^data\\.${field}\\b`),
          ),
        );
      }
    }));

  test("[RM1] [ER2] [LG2] an invalid REST field is named, an invalid id is 404", () =>
    withoutTrace(async () => {
      const right = commandCases[type].data(stage);
      const takesBody = restRequestOf[type](right)[2] !== undefined;
      for (const [what, field, data] of wrong(type, right)) {
        const inPath = field in right && !inBody(type, right, field);
        // Fields that this request does not carry; values in a path are always text.
        if (inPath ? !isId(field) || typeof data[field] !== "string" : !takesBody || onlyFrames.has(field))
          continue;
        const [method, path, body] = restRequestOf[type](data);
        const answer = await actor().call(
          method,
          `/v1/channels/${stage.channelId}${inPath ? encodedPath(path, data[field]) : path}`,
          body,
        );
        const about = `${field}: ${what} ${answer.text.slice(0, 300)}`;
        if (inPath) {
          // Dots and empty segments change the path. Removing a user who is not a member is not an error.
          expect(type === "memberLeave" ? [204, 404, 405] : [404, 405], about).toContain(answer.status);
          continue;
        }
        expect(answer.body.code, about).toBe("validation_failed");
        const named = answer.body.issues.flatMap(({ path: at, message }: CommandData) => [at, message]);
        expect(named, about).toContainEqual(expect.stringMatching(new RegExp(`\\b${field}\\b`)));
      }
    }));

  const ids = fieldsOf(type).filter((field) => field === "messageId");
  test.runIf(ids.length > 0)("[RD2] another channel's message is `not_found`, visible channel or not", () =>
    withoutTrace(async () => {
      const right = commandCases[type].data(stage);
      const socket = await actor().connect(stage.channelId);
      const { "nothing at all": nowhere, ...rest } = others;
      const ask = async (messageId: string) => {
        const frame = (await socket.sendCommand(type, { ...right, messageId })) as CommandData;
        const [method, path, body] = restRequestOf[type]({ ...right, messageId });
        const { requestId: _, ...rested } = (
          await actor().call(method, `/v1/channels/${stage.channelId}${path}`, body)
        ).body;
        return { frame: frame["error"], rested };
      };
      const unknown = await ask(nowhere!);
      expect(unknown).toMatchObject({ frame: { code: "not_found" }, rested: { code: "not_found" } });
      for (const [what, id] of Object.entries(rest))
        if (id.startsWith("msg_")) expect(await ask(id), what).toEqual(unknown);
      socket.close();
    }),
  );
});

/** Values that REST expresses by the method or the path. */
const onlyFrames: ReadonlySet<string> = new Set(["markUnread", "following"]);

const encodedPath = (path: string, value: string): string =>
  path.replace(value, encodeURIComponent(value.toWellFormed()));
