import { assertNever } from "../../errors/app-error.ts";
import { callObject, roomOf } from "../../rpc/stubs.ts";
import type { AlarmTask } from "../../durable/alarm-scheduler.ts";
import { type CallAgainAt, Outbox, type OutboxQueue } from "../../durable/outbox.ts";
import { userFacts } from "../account.ts";
import type { HubState } from "../hub-state.ts";

/** A call to a room that is repeated until it succeeds. */
export interface RoomCall {
  /** `close`: a session has ended. `facts`: the account has changed. `status`: the public status has changed. */
  kind: "close" | "facts" | "status";
  channelId: string;
  /** Empty for a call that is about no session. */
  sessionId: string;
  /** The revision of the facts or of the status; 0 for a call about a session. */
  rev: number;
  attempts: number;
}

type CallRow = { [K in keyof RoomCall]: RoomCall[K] };
type CallKey = Pick<RoomCall, "kind" | "channelId" | "sessionId">;

/** The rooms that receive a change: those that store facts of the user, or those with sockets of the user. */
const receivers = {
  facts: "SELECT channel_id FROM holders",
  status: "SELECT DISTINCT channel_id FROM attachments",
};

/** The first attempt follows the commit; the alarm makes it this much later, in case the object crashes before. */
const takeoverMs = 1_000;
const maxCallsAtOnce = 500;
const isCall = "kind = ? AND channel_id = ? AND session_id = ?";

/**
 * Calls rooms about changes of their user until they confirm. Calls of one kind to one room replace each other: a row is
 * overwritten by a newer revision, which resets its backoff. A room that does not answer delays no other. A call may arrive twice or
 * late; rooms ignore facts and statuses that are older than theirs.
 */
export class RoomOutbox implements OutboxQueue<RoomCall>, AlarmTask {
  readonly #env: Env;
  readonly #hub: HubState;
  readonly #sql: SqlStorage;
  readonly #outbox: Outbox<RoomCall>;

  constructor({ env, hub, sql }: { env: Env; hub: HubState; sql: SqlStorage }) {
    this.#env = env;
    this.#hub = hub;
    this.#sql = sql;
    this.#outbox = new Outbox(this, {
      name: "rooms",
      concurrency: 50,
      timeoutMs: 10_000,
      backoff: { baseMs: 500, capMs: 60_000 },
    });
  }

  /**
   * Queues calls and sets the alarm, within the transaction that makes them necessary.
   *
   * @returns the calls, for `deliver` after the commit
   */
  queue(calls: Omit<RoomCall, "attempts">[], nowMs: number): RoomCall[] {
    for (const call of calls)
      this.#sql.exec(
        `INSERT INTO room_calls (kind, channel_id, session_id, rev, at) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (kind, channel_id, session_id) DO UPDATE SET rev = excluded.rev, at = excluded.at, attempts = 0`,
        ...columnsOf(call),
        call.rev,
        nowMs + takeoverMs,
      );
    if (calls.length > 0) this.schedule(nowMs);
    return calls.map((call) => ({ ...call, attempts: 0 }));
  }

  /**
   * Queues a call to every room that receives such a change, as `queue` does.
   *
   * @returns the first 500 calls, for `deliver` after the commit; the alarm delivers the rest
   */
  queueAll(kind: keyof typeof receivers, rev: number, nowMs: number): RoomCall[] {
    this.#sql.exec(
      `INSERT INTO room_calls (kind, channel_id, session_id, rev, at) SELECT ?, channel_id, '', ?, ? FROM (${receivers[kind]}) WHERE true
       ON CONFLICT (kind, channel_id, session_id) DO UPDATE SET rev = excluded.rev, at = excluded.at, attempts = 0`,
      kind,
      rev,
      nowMs + takeoverMs,
    );
    this.schedule(nowMs);
    return this.#select("kind = ? AND rev = ?", kind, rev);
  }

  /** Whether all rooms have confirmed their calls. */
  get isEmpty(): boolean {
    return this.#select("true").length === 0;
  }

  /** Makes the calls now. Resolves once each of them was attempted, successfully or not; never rejects. */
  deliver(calls: readonly RoomCall[]): Promise<void> {
    return this.#outbox.deliver(calls.map(laneOf));
  }

  /** Makes the calls about the status that were not attempted yet, except to rooms that are being called now. */
  deliverStatus(): Promise<void> {
    const lanes = this.#select("kind = 'status' AND attempts = 0").map(laneOf);
    return this.#outbox.deliver(lanes.filter((lane) => !this.#outbox.isDelivering(lane)));
  }

  onAlarm(nowMs: number): Promise<void> {
    return this.#outbox.onAlarm(nowMs);
  }

  dueLanes(nowMs: number): string[] {
    return this.#select("at <= ?", nowMs).map(laneOf);
  }

  /** The end of a session does not wait behind calls about facts or statuses. */
  group(lane: string): string {
    return lane.slice(0, lane.indexOf(" "));
  }

  take(lane: string, nowMs: number, isFirst: boolean): RoomCall | undefined {
    const dueBy = isFirst ? Number.MAX_SAFE_INTEGER : nowMs;
    const [kind = "", channelId = "", sessionId = "", rev = ""] = lane.split(" ");
    const [call] = this.#select(`${isCall} AND at <= ?`, kind, channelId, sessionId, dueBy);
    return call && (rev === "" || call.rev === Number(rev)) ? call : undefined;
  }

  #select(condition: string, ...values: (string | number)[]): RoomCall[] {
    return this.#sql
      .exec<CallRow>(
        `SELECT kind, channel_id AS channelId, session_id AS sessionId, rev, attempts FROM room_calls
         WHERE ${condition} ORDER BY at LIMIT ?`,
        ...values,
        maxCallsAtOnce,
      )
      .toArray();
  }

  async send({ kind, channelId, sessionId }: RoomCall): Promise<CallAgainAt> {
    const { account, attachments, publicStatus } = this.#hub;
    const room = roomOf(this.#env, channelId);
    switch (kind) {
      case "close":
        await callObject(() => room.closeSession(sessionId));
        return undefined;
      case "status": {
        const isPresent = await callObject(() => room.setStatus(publicStatus.current));
        if (!isPresent) attachments.detachRoom(channelId, Date.now());
        return undefined;
      }
      case "facts": {
        const { current } = account;
        if (!current) return undefined;
        const isSubscribed = await callObject(() => room.setFacts(userFacts(current)));
        return isSubscribed ? undefined : attachments.removeFactsSubscriber(channelId, Date.now());
      }
      default:
        return assertNever(kind);
    }
  }

  /** Removes the call, or sets its next time. A newer revision that was queued during the call stays as it is. */
  confirm(call: RoomCall, again: CallAgainAt): void {
    if (again === undefined)
      this.#sql.exec(`DELETE FROM room_calls WHERE ${isCall} AND rev <= ?`, ...columnsOf(call), call.rev);
    else this.postpone(call, again, 0);
  }

  postpone(call: RoomCall, at: number, attempts: number): void {
    this.#sql.exec(
      `UPDATE room_calls SET at = ?, attempts = ? WHERE ${isCall} AND rev <= ?`,
      at,
      attempts,
      ...columnsOf(call),
      call.rev,
    );
  }

  schedule(nowMs: number, isDelivering = false): void {
    const { at } = this.#sql.exec<{ at: number | null }>("SELECT min(at) AS at FROM room_calls").one();
    const { alarms } = this.#hub;
    if (at === null) alarms.clear("rooms");
    else alarms.set("rooms", isDelivering ? Math.max(at, nowMs + takeoverMs) : at);
  }
}

const columnsOf = ({ kind, channelId, sessionId }: CallKey): [string, string, string] => [
  kind,
  channelId,
  sessionId,
];

/**
 * The lane of a call; no part contains a space. Every revision of the facts has a separate lane, so that a newer revision is sent
 * while the room has not answered to an older one. Status calls to a room share a lane: `StatusBroadcast` sends the newest next.
 */
const laneOf = (call: RoomCall): string =>
  [...columnsOf(call), ...(call.kind === "facts" ? [call.rev] : [])].join(" ");
