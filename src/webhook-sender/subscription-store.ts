import type {
  SubscriptionChange,
  SubscriptionDefinition,
  SubscriptionRecord,
} from "../domain/event-subscriptions.ts";
import type { AlarmScheduler } from "../durable/alarm-scheduler.ts";
import type { SubscriptionStateReason } from "../protocol/index.ts";
import type { SenderAlarmKey } from "./schema.ts";

/**
 * The subscription as stored. `phase`: a subscription that is being created has no row in D1 yet, or the caller does not know of it; one that is being
 * deleted is still subscribed to rooms.
 */
export interface StoredSubscription extends Omit<SubscriptionRecord, "failingSince"> {
  phase: "creating" | "created" | "deleting";
  /** When it last became active or got other channels. */
  activeSince: number;
  secret: string;
  formerSecret: string | null;
}

/** The subscription's definition, its secrets and its state, in one row. The secrets are stored here alone, because this object signs. */
export class SubscriptionStore {
  readonly #sql: SqlStorage;
  readonly #alarms: AlarmScheduler<SenderAlarmKey>;
  #current: StoredSubscription | undefined;

  constructor(sql: SqlStorage, alarms: AlarmScheduler<SenderAlarmKey>) {
    this.#sql = sql;
    this.#alarms = alarms;
  }

  get current(): StoredSubscription {
    return (this.#current ??= JSON.parse(
      this.#sql.exec<{ data: string }>("SELECT data FROM subscription").one().data,
    ) as StoredSubscription);
  }

  get isActive(): boolean {
    return this.current.phase !== "deleting" && this.current.state === "active";
  }

  /** The subscription as D1 lists it. */
  get record(): SubscriptionRecord {
    const { secret: _, formerSecret: __, phase: ___, activeSince: ____, ...record } = this.current;
    const { since } = this.#sql
      .exec<{ since: number | null }>("SELECT min(failing_since) AS since FROM channels")
      .one();
    const isRotated = (record.formerSecretExpiresAt ?? 0) > Date.now();
    return {
      ...record,
      failingSince: since,
      formerSecretExpiresAt: isRotated ? record.formerSecretExpiresAt : null,
    };
  }

  insert(definition: SubscriptionDefinition, secret: string): void {
    this.#put({
      ...definition,
      phase: "creating",
      activeSince: definition.createdAt,
      state: "active",
      stateReason: null,
      secret,
      formerSecret: null,
      formerSecretExpiresAt: null,
      updatedAt: definition.createdAt,
    });
  }

  setPhase(phase: StoredSubscription["phase"]): void {
    this.#put({ ...this.current, phase });
  }

  /** Applies what the owner changed. Rooms and D1 follow by the alarm. */
  change({ active, ...change }: SubscriptionChange, nowMs: number): void {
    const { current } = this;
    const next: StoredSubscription = { ...current, ...change, updatedAt: nowMs };
    if (active === true) Object.assign(next, { state: "active", stateReason: null });
    if (active === false) Object.assign(next, { state: "paused", stateReason: "user" });
    if (change.channelIds !== undefined || (next.state === "active" && current.state !== "active"))
      next.activeSince = nowMs;
    this.#put(next);
    this.#alarms.set("record", nowMs);
    this.#alarms.set("channels", nowMs);
  }

  /** Ends deliveries for a reason other than the owner's request. */
  stop(reason: Exclude<SubscriptionStateReason, "user">, nowMs: number): void {
    const state = reason === "owner_suspended" ? "paused" : "disabled";
    this.#put({ ...this.current, state, stateReason: reason, updatedAt: nowMs });
    this.#alarms.set("record", nowMs);
    this.#alarms.set("channels", nowMs);
    if (state === "disabled") this.#alarms.set("notice", nowMs);
  }

  /** Continues after the owner was reactivated. */
  resume(nowMs: number): void {
    this.#put({
      ...this.current,
      state: "active",
      stateReason: null,
      activeSince: nowMs,
      updatedAt: nowMs,
    });
    this.#alarms.set("record", nowMs);
  }

  rotate(secret: string, overlapMs: number, nowMs: number): void {
    const { current } = this;
    this.#put({
      ...current,
      secret,
      formerSecret: current.secret,
      formerSecretExpiresAt: nowMs + overlapMs,
      updatedAt: nowMs,
    });
    this.#alarms.set("record", nowMs);
  }

  /** The secrets to sign with. A former one that has expired is deleted. */
  secrets(nowMs: number): string[] {
    const { secret, formerSecret, formerSecretExpiresAt } = this.current;
    if (formerSecret === null || formerSecretExpiresAt === null) return [secret];
    if (formerSecretExpiresAt > nowMs) return [secret, formerSecret];
    this.#put({ ...this.current, formerSecret: null, formerSecretExpiresAt: null });
    return [secret];
  }

  #put(subscription: StoredSubscription): void {
    this.#sql.exec(
      "INSERT INTO subscription (one, data) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET data = excluded.data",
      JSON.stringify(subscription),
    );
    this.#current = subscription;
  }
}
