import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { onTestFinished, vi } from "vitest";
import { type Config, configOf } from "../../../src/config.ts";
import type { UserStatus } from "../../../src/domain/actor.ts";
import { SimulatedCrash, type Failpoint, onFailpoint } from "../../../src/lib/failpoint.ts";
import { type HubUpgrade, upgradeRequest } from "../../../src/sockets/upgrade.ts";
import { ChannelRoom } from "../../../src/channel-object/index.ts";
import { TestSocket } from "./socket.ts";

export const hubStub = (userId: string) => env.HUBS.getByName(userId);

/** Takes the hub out of memory; its sockets and its storage stay. */
export const evictRunningHub = (userId: string): Promise<void> => evictDurableObject(hubStub(userId));

/** Moves the clock: of the Worker, of the objects and of the tests. Put it back by `vi.useRealTimers()`. */
export function advanceClock(ms: number): void {
  const nowMs = Date.now() + ms;
  vi.useFakeTimers({ toFake: ["Date"], now: nowMs });
}

/** Runs the hub's alarm `ms` from now. False: none was set. */
export async function runHubAlarmAfter(userId: string, ms: number): Promise<boolean> {
  advanceClock(ms);
  return runDurableObjectAlarm(hubStub(userId));
}

/** Other values of the vars as hubs see them, until the test is over. */
export async function setHubConfig(userId: string, vars: Partial<Config>): Promise<void> {
  const set = (values: Partial<Config>): Promise<Config> =>
    runInDurableObject(hubStub(userId), (hub) => {
      const config = configOf((hub as unknown as { env: Env }).env);
      const before = { ...config };
      Object.assign(config, values);
      return before;
    });
  const before = await set(vars);
  onTestFinished(async () => void (await set(before)));
}

/** The rows of one of the hub's tables. */
export function hubRows(userId: string, table: string): Promise<Record<string, unknown>[]> {
  return runInDurableObject(hubStub(userId), (_, { storage }) =>
    storage.sql.exec(`SELECT * FROM ${table}`).toArray(),
  );
}

export function hubTables(userId: string): Promise<string[]> {
  return runInDurableObject(hubStub(userId), (_, { storage }) =>
    storage.sql
      .exec<{ name: string }>(
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf\\_%' ESCAPE '\\'",
      )
      .toArray()
      .map(({ name }) => name),
  );
}

/** The next pass through this failpoint throws; those after it do not. */
export function crashOnceAt(point: Failpoint): void {
  onFailpoint((reached) => {
    if (reached !== point) return;
    onFailpoint(undefined);
    throw new SimulatedCrash(`Died at ${point}`);
  });
}

interface Upgrading extends Partial<HubUpgrade> {
  ticket?: string;
}

/** What a hub answers to a gateway that asks for a socket, by a session or by a ticket. */
export const requestHubSocket = (
  { userId, sessionId }: { userId: string; sessionId: string },
  { ticket, ...resume }: Upgrading = {},
): Promise<Response> =>
  hubStub(userId).fetch(
    upgradeRequest({
      requestId: "req_test",
      proof: ticket === undefined ? { sessionId } : { ticket },
      ...resume,
    }),
  );

/** A gateway's socket to somebody's hub, once it has said `hello`. */
export async function connectHub(
  of: { userId: string; sessionId: string },
  upgrading: Upgrading = {},
): Promise<TestSocket> {
  const response = await requestHubSocket(of, upgrading);
  if (!response.webSocket) throw new Error(`No socket but ${response.status}: ${await response.text()}`);
  const socket = new TestSocket(response.webSocket);
  await socket.next("hello");
  return socket;
}

/** What rooms are told of people's statuses, in order; their answer is whether such a socket is there. */
export function captureStatusUpdates(answer: (channelId: string) => boolean | Promise<boolean> = () => true) {
  const told: (UserStatus & { channelId: string })[] = [];
  vi.spyOn(ChannelRoom.prototype, "setStatus").mockImplementation(async function (this: ChannelRoom, status) {
    const channelId = (this as unknown as { ctx: DurableObjectState }).ctx.id.name!;
    const isThere = await answer(channelId);
    told.push({ channelId, ...status });
    return isThere;
  });
  return told;
}

/** Rooms ask for sockets of a session, as they do before they take one. */
export async function attachRooms(
  { userId, sessionId }: { userId: string; sessionId: string },
  channelIds: readonly string[],
  via: "client" | "gateway" = "gateway",
): Promise<void> {
  for (const channelId of channelIds) await hubStub(userId).attachSocket(sessionId, channelId, via);
}

/** Rooms say that these users have a socket there; gives who asked for which. */
export function fakeRoomSockets(...userIds: string[]): string[] {
  const asked: string[] = [];
  vi.spyOn(ChannelRoom.prototype, "hasSocket").mockImplementation(async function (this: ChannelRoom, userId) {
    asked.push((this as unknown as { ctx: DurableObjectState }).ctx.id.name!);
    return userIds.includes(userId);
  });
  return asked;
}
