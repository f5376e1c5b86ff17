import type { WebhookChange, WebhookDefinition, WebhookRecord } from "../domain/webhooks.ts";
import type { AlarmScheduler } from "../durable/alarm-scheduler.ts";
import type { WebhookStateReason } from "../protocol/index.ts";
import type { SenderAlarmKey } from "./schema.ts";

/**
 * The webhook as stored. `phase`: a webhook that is being created has no row in D1 yet, or the caller does not know of it; one that is being
 * deleted is still subscribed to rooms.
 */
export interface StoredWebhook extends Omit<WebhookRecord, "failingSince"> {
  phase: "creating" | "created" | "deleting";
  /** When it last became active or got other channels. */
  activeSince: number;
  secret: string;
  formerSecret: string | null;
}

/** The webhook's definition, its secrets and its state, in one row. The secrets are stored here alone, because this object signs. */
export class WebhookStore {
  readonly #sql: SqlStorage;
  readonly #alarms: AlarmScheduler<SenderAlarmKey>;
  #current: StoredWebhook | undefined;

  constructor(sql: SqlStorage, alarms: AlarmScheduler<SenderAlarmKey>) {
    this.#sql = sql;
    this.#alarms = alarms;
  }

  get current(): StoredWebhook {
    return (this.#current ??= JSON.parse(
      this.#sql.exec<{ data: string }>("SELECT data FROM webhook").one().data,
    ) as StoredWebhook);
  }

  get isActive(): boolean {
    return this.current.phase !== "deleting" && this.current.state === "active";
  }

  /** The webhook as D1 lists it. */
  get record(): WebhookRecord {
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

  insert(definition: WebhookDefinition, secret: string): void {
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

  setPhase(phase: StoredWebhook["phase"]): void {
    this.#put({ ...this.current, phase });
  }

  /** Applies what the owner changed. Rooms and D1 follow by the alarm. */
  change({ active, ...change }: WebhookChange, nowMs: number): void {
    const { current } = this;
    const next: StoredWebhook = { ...current, ...change, updatedAt: nowMs };
    if (active === true) Object.assign(next, { state: "active", stateReason: null });
    if (active === false) Object.assign(next, { state: "paused", stateReason: "user" });
    if (change.channelIds !== undefined || (next.state === "active" && current.state !== "active"))
      next.activeSince = nowMs;
    this.#put(next);
    this.#alarms.set("record", nowMs);
    this.#alarms.set("channels", nowMs);
  }

  /** Ends deliveries for a reason other than the owner's request. */
  stop(reason: Exclude<WebhookStateReason, "user">, nowMs: number): void {
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

  #put(webhook: StoredWebhook): void {
    this.#sql.exec(
      "INSERT INTO webhook (one, data) VALUES (1, ?) ON CONFLICT (one) DO UPDATE SET data = excluded.data",
      JSON.stringify(webhook),
    );
    this.#current = webhook;
  }
}
