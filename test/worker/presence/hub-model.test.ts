import { abortAllDurableObjects } from "cloudflare:test";
import * as fc from "fast-check";
import { afterEach, expect, test, vi } from "vitest";
import type { UserStatus } from "../../../src/domain/actor.ts";
import { newId } from "../../../src/lib/ids.ts";
import { unwrap } from "../../../src/rpc/rpc-result.ts";
import { type ChosenPresence, updateUserStatus } from "../../../src/protocol/index.ts";
import { expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { connectHub } from "../../support/worker/clients/object-sockets.ts";
import type { TestSocket } from "../../support/worker/clients/socket-client.ts";
import { captureStatusUpdates } from "../../support/worker/fakes/object-methods.ts";
import { createUser, type TestUser } from "../../support/worker/fixtures/accounts.ts";
import { evictHub, hubRows, hubStub, runHubAlarmAfter } from "../../support/worker/objects/hub-object.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const channels = [newId("chn"), newId("chn"), newId("chn")];

type Step =
  | { type: "choose"; presence: ChosenPresence }
  | { type: "say"; text: string; endsInMs: number | undefined }
  | { type: "connect" | "evict" | "die" }
  | { type: "idle"; which: number; idle: boolean }
  | { type: "leave"; which: number }
  | { type: "attach" | "deafen" | "hear"; channel: number }
  | { type: "alarm"; ms: number };

const which = fc.nat(4);
const channel = fc.nat(channels.length - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    type: fc.constant("choose" as const),
    presence: fc.constantFrom<ChosenPresence>("auto", "away", "dnd", "invisible"),
  }),
  fc.record({
    type: fc.constant("say" as const),
    text: fc.constantFrom("a", "b"),
    endsInMs: fc.option(fc.constantFrom(1_000, 30_000), { nil: undefined }),
  }),
  fc.record({ type: fc.constantFrom("connect" as const, "evict" as const, "die" as const) }),
  fc.record({ type: fc.constant("idle" as const), which, idle: fc.boolean() }),
  fc.record({ type: fc.constant("leave" as const), which }),
  fc.record({ type: fc.constantFrom("attach" as const, "deafen" as const, "hear" as const), channel }),
  fc.record({ type: fc.constant("alarm" as const), ms: fc.constantFrom(1_100, 12_000, 31_000) }),
);

/** One user, their devices, and rooms with or without the user's sockets. */
class Scene {
  readonly #ann: TestUser;
  readonly #deaf: Set<string>;
  /** The last status that each room received. */
  readonly known = new Map<string, UserStatus>();
  #devices: TestSocket[] = [];

  constructor(ann: TestUser, deaf: Set<string>) {
    this.#ann = ann;
    this.#deaf = deaf;
  }

  learn(channelId: string, status: UserStatus): void {
    if (status.rev >= (this.known.get(channelId)?.rev ?? 0)) this.known.set(channelId, status);
  }

  async run(done: Step): Promise<void> {
    const ann = this.#ann;
    if (done.type === "choose") {
      await expectOk(updateUserStatus, { as: ann, body: { presence: done.presence } });
    } else if (done.type === "say") {
      const ends = done.endsInMs && { expiresAt: new Date(Date.now() + done.endsInMs).toISOString() };
      await hubStub(ann.userId).setStatus({ custom: { text: done.text, ...ends } });
    } else if (done.type === "connect") {
      this.#devices.push(await connectHub(ann));
    } else if (done.type === "idle") {
      await this.#devices[done.which]?.sendCommand("statusUpdate", { idle: done.idle });
    } else if (done.type === "leave") {
      const [left] = this.#devices.splice(done.which, 1);
      left?.close();
      await left?.closed;
    } else if (done.type === "attach") {
      const id = channels[done.channel]!;
      this.learn(id, unwrap(await hubStub(ann.userId).attachSocket(ann.sessionId, id)).status);
    } else if (done.type === "deafen") {
      this.#deaf.add(channels[done.channel]!);
    } else if (done.type === "hear") {
      this.#deaf.delete(channels[done.channel]!);
    } else if (done.type === "alarm") {
      await runHubAlarmAfter(ann.userId, done.ms);
    } else if (done.type === "evict") {
      await evictHub(ann.userId);
    } else {
      await abortAllDurableObjects();
      this.#devices = [];
    }
  }

  /** All devices are disconnected, and all scheduled tasks have run. */
  async end(): Promise<void> {
    this.#deaf.clear();
    for (const socket of this.#devices) socket.close();
    await Promise.all(this.#devices.map(({ closed }) => closed));
    for (let attempt = 0; attempt < 3; attempt++) await runHubAlarmAfter(this.#ann.userId, 61_000);
  }
}

test("[PS4] after random operations and crashes each room has the latest status", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
      vi.useRealTimers();
      const deaf = new Set<string>();
      const told = captureStatusUpdates((channelId) => {
        if (deaf.has(channelId)) throw new Error("deaf");
        return true;
      });
      const ann = await createUser("ann");
      const scene = new Scene(ann, deaf);
      for (const done of steps) await scene.run(done);
      await scene.end();
      expect(await hubRows(ann.userId, "room_calls")).toEqual([]);
      const { status } = unwrap(await hubStub(ann.userId).attachSocket(ann.sessionId, newId("chn")));
      const byRev = new Map<number, string>();
      for (const { channelId: _, ...one } of told) {
        const text = JSON.stringify(one satisfies UserStatus);
        expect(byRev.get(one.rev) ?? text, "a `rev` means one status").toBe(text);
        byRev.set(one.rev, text);
      }
      for (const { channelId, ...one } of told) scene.learn(channelId, one);
      for (const one of scene.known.values()) expect(one).toEqual(status);
      vi.restoreAllMocks();
    }),
    { numRuns: 40, seed: 20_261_122 },
  );
});
