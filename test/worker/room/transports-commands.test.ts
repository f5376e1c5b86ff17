import { describe, expect, test } from "vitest";
import {
  type CommandType,
  commandTypes,
  type EventEnvelope,
  producesEvent,
} from "../../../src/protocol/index.ts";
import { listEvents } from "../../support/worker/clients/event-log.ts";
import type { TestSocket } from "../../support/worker/clients/socket-client.ts";
import { type CommandData, restBodyOfAck, restRequestOf } from "../../support/worker/clients/transports.ts";
import type { TestUser } from "../../support/worker/fixtures/accounts.ts";
import {
  type ChannelScenario,
  createChannelScenario,
} from "../../support/worker/fixtures/channel-scenario.ts";
import { commandCases } from "../../support/worker/fixtures/command-cases.ts";
import { roomTables } from "../../support/worker/objects/room-object.ts";

type Door = "REST" | "socket";

/** One transport to a channel, for each of the users. */
class Entrance {
  readonly stage: ChannelScenario;
  readonly door: Door;
  readonly sockets = new Map<TestUser, TestSocket>();

  constructor(stage: ChannelScenario, door: Door) {
    this.stage = stage;
    this.door = door;
  }

  /** The result: the fields of an error, or the REST body of a success. */
  async ask(who: keyof ChannelScenario, type: CommandType, data: CommandData): Promise<unknown> {
    const actor = this.stage[who] as TestUser;
    const { channelId } = this.stage;
    if (this.door === "REST") {
      const [method, path, body] = restRequestOf[type](data);
      const answer = await actor.call(method, `/v1/channels/${channelId}${path}`, body);
      if (answer.status >= 400) return refusal(answer.body);
      const { seq, epoch, ...rest } = answer.body || {};
      if (type !== "channelUpdate") return answer.body;
      expect([typeof seq, typeof epoch]).toEqual(["number", "string"]);
      return rest;
    }
    let socket = this.sockets.get(actor);
    if (!socket) this.sockets.set(actor, (socket = await actor.connect(channelId)));
    const answer = await socket.sendCommand(type, data);
    return answer.type === "error" ? refusal(answer.error) : restBodyOfAck[type](answer.data);
  }

  events = (): Promise<EventEnvelope[]> => listEvents(this.stage.channelId, this.stage.ann);
}

const refusal = ({ type, title, status, code, detail, issues }: CommandData) => ({
  refused: code,
  type,
  title,
  status,
  detail,
  issues: issues?.map(({ path, message }: CommandData) => [path.replace(/^data\./, ""), message]),
});

/** Replaces ids and times by their order of first appearance, so that two channels can be compared. */
function neutral(value: unknown): unknown {
  const names = new Map<string, string>();
  const text = JSON.stringify(value).replaceAll(
    /(usr|chn|msg)_[0-9A-Z]{26}|\d{4}-\d\d-\d\dT[\d:.]+Z|channel \d+|(ann|bob|cid|guest)-\d+/g,
    (found) => {
      if (/^\d{4}-|^channel/.test(found)) return found.slice(0, 1) === "c" ? "NAME" : "TIME";
      if (!names.has(found)) names.set(found, `${found.slice(0, 3)}${names.size}`);
      return names.get(found)!;
    },
  );
  return JSON.parse(text);
}

/** Runs all cases of a command and returns each result and the log afterwards. */
async function tried(type: CommandType, door: Door): Promise<unknown[]> {
  const { by, data, archived, rejected, byNonMember = data } = commandCases[type];
  const entrance = new Entrance(await createChannelScenario(), door);
  const { stage } = entrance;
  const story: unknown[] = [Object.values(stage).map((item) => (item as TestUser).userId ?? item)];
  const state = () => roomTables(stage.channelId);

  const before = await state();
  for (const [who, wrong, code, only] of rejected(stage)) {
    if (only && only !== door) continue;
    const answer = await entrance.ask(who, type, wrong);
    expect(answer, `${type} ${JSON.stringify(wrong)} by ${who}`).toMatchObject({ refused: code });
    if (!only) story.push(answer);
  }
  if (by !== "guest" || byNonMember !== data) {
    const answer = await entrance.ask("guest", type, byNonMember(stage));
    expect(answer, `${type} by a stranger`).toMatchObject({ refused: "forbidden" });
    story.push(answer);
  }
  expect(await state(), "refusals change nothing").toEqual(before);

  const head = (await entrance.events()).length;
  const first = await entrance.ask(by, type, data(stage));
  expect(first).not.toHaveProperty("refused");
  const after = await entrance.events();
  expect(after.length - head).toBe(producesEvent(type) ? 1 : 0);
  const changed = await state();
  expect(changed).not.toEqual(before);
  const again = await entrance.ask(by, type, data(stage));
  // Only the first response to the author lists the mentions that notified no user.
  const { notNotified: _, ...same } = first as CommandData;
  expect(again, "the first result again").toEqual(first === "" ? "" : same);
  expect(await state(), "twice is once").toEqual(changed);
  story.push(first, await entrance.events());

  const frozen = new Entrance(await createChannelScenario(), door);
  await frozen.stage.ann.call("DELETE", `/v1/channels/${frozen.stage.channelId}`);
  const late = await frozen.ask(by, type, data(frozen.stage));
  if (archived === "conflict") expect(late).toMatchObject({ refused: "conflict" });
  else expect(late).not.toHaveProperty("refused");
  story.push(late, (await frozen.events()).length);

  for (const [actor, socket] of entrance.sockets) {
    const { userId } = stage[by] as TestUser;
    if (actor.userId === userId && producesEvent(type)) {
      await socket.waitForSeq(after.length);
      const ack = socket.seen.findIndex((item) => item.type === "ack");
      const own = socket.seen.findIndex((item) => "seq" in item && item.seq === after.length);
      expect(own, "the sender hears its own event").toBeGreaterThan(-1);
      if (type !== "memberLeave") expect(ack, "the ack comes first").toBeLessThan(own);
    }
    socket.close();
  }
  return story;
}

describe.each(commandTypes)("%s", (type) => {
  test("[RM1] [RM3] [LG2] has the same results and errors over both transports", async () => {
    const [rest, socket] = await Promise.all([tried(type, "REST"), tried(type, "socket")]);
    expect(neutral(socket)).toEqual(neutral(rest));
  });
});
