import type { AlarmTask } from "../../durable/alarm-scheduler.ts";
import { readPolicy, userIdsAfter } from "../../features/workspace/index.ts";
import { failpoint } from "../../lib/failpoint.ts";
import { inParallel } from "../../lib/parallel.ts";
import { callIfPresent, hubOf } from "../../rpc/stubs.ts";
import type { HubState } from "../hub-state.ts";

/** Users whose hubs one run of the task calls. */
const pageSize = 200;
const callsAtOnce = 6;
/** Begins the sweep by itself if the Worker that announced a change did not report its outcome. */
const firstRunMs = 5_000;
/**
 * When the second round begins, in ms after the change. A login reads the setting before it calls the hub; one that was between the two
 * while the first round passed has finished by then.
 */
const secondRoundMs = 60_000;

interface Progress {
  startedAt: number;
  /** 1 or 2. */
  round: number;
  afterUserId: string;
}

/**
 * Distributes a change of the workspace's settings to the hubs of all users. It runs in the hub of the admin who made the change, by
 * its alarm: each run calls the hubs of one page of users and then stores how far it came, so that a crash repeats at most a page.
 * Applying a policy twice changes nothing.
 */
export class PolicySweep implements AlarmTask<"policy"> {
  readonly #env: Env;
  readonly #hub: HubState;
  readonly #sql: SqlStorage;

  constructor(env: Env, hub: HubState, sql: SqlStorage) {
    this.#env = env;
    this.#hub = hub;
    this.#sql = sql;
  }

  /** Announces a write of the settings to D1. If `start` does not follow, the sweep begins by itself. */
  announce(): void {
    this.#hub.create();
    this.#begin(firstRunMs);
  }

  /** Begins the sweep, from the first user. */
  start(): void {
    this.#begin(0);
  }

  /** Whether a sweep that this hub began is not finished. */
  get isRunning(): boolean {
    return this.#hub.exists && this.#progress()?.round === 1;
  }

  async onAlarm(nowMs: number): Promise<void> {
    const progress = this.#progress();
    if (!progress) return this.#hub.alarms.clear("policy");
    const policy = await readPolicy(this.#env);
    const userIds = await userIdsAfter(this.#env, progress.afterUserId, pageSize);
    await inParallel(userIds, callsAtOnce, async (userId) => {
      // A hub of an earlier release has no sessions with second factors; it receives the policy in the second round or with the next login.
      await callIfPresent(() => hubOf(this.#env, userId).applyPolicy(policy));
    });
    failpoint("hub:after-notify");
    this.#hub.commit(() => this.#advance(progress, userIds, nowMs));
  }

  #begin(delayMs: number): void {
    const nowMs = Date.now();
    this.#hub.commit(() => {
      this.#store({ startedAt: nowMs, round: 1, afterUserId: "" });
      this.#hub.alarms.set("policy", nowMs + delayMs);
    });
  }

  /** Call within a commit. */
  #advance(progress: Progress, userIds: readonly string[], nowMs: number): void {
    const stored = this.#progress();
    // Another change began a new sweep meanwhile.
    if (stored?.startedAt !== progress.startedAt) return;
    const last = userIds.at(-1);
    if (last !== undefined && userIds.length === pageSize) {
      this.#store({ ...progress, afterUserId: last });
      return this.#hub.alarms.set("policy", nowMs);
    }
    if (progress.round === 1) {
      this.#store({ ...progress, round: 2, afterUserId: "" });
      return this.#hub.alarms.set("policy", progress.startedAt + secondRoundMs);
    }
    this.#sql.exec("DELETE FROM policy_sweep");
    this.#hub.alarms.clear("policy");
  }

  #progress(): Progress | undefined {
    const [row] = this.#sql
      .exec<{ startedAt: number; round: number; afterUserId: string }>(
        "SELECT started_at AS startedAt, round, after_user_id AS afterUserId FROM policy_sweep",
      )
      .toArray();
    return row;
  }

  #store({ startedAt, round, afterUserId }: Progress): void {
    this.#sql.exec(
      "INSERT OR REPLACE INTO policy_sweep (one, started_at, round, after_user_id) VALUES (1, ?, ?, ?)",
      startedAt,
      round,
      afterUserId,
    );
  }
}
