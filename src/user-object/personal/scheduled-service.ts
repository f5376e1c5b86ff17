import { bodyHash } from "../../durable/idempotency-keys.ts";
import { invalidField, notFound, reject } from "../../errors/app-error.ts";
import { newId } from "../../lib/ids.ts";
import { settledWithin } from "../../lib/parallel.ts";
import { limits, type ScheduledMessage, type TokenScope } from "../../protocol/index.ts";
import type { RpcResult } from "../../rpc/rpc-result.ts";
import type { HubState } from "../hub-state.ts";
import {
  type NewScheduledMessage,
  presentScheduled,
  type ScheduledExtras,
  type ScheduledMessages,
  type ScheduledPosition,
  type ScheduledRow,
} from "./scheduled-messages.ts";
import { appendScheduledUpdate, type ScheduledOutbox } from "./scheduled-outbox.ts";
import { runForUser } from "./run-for-user.ts";
import { requireFutureTime } from "./times.ts";

/** A change of a scheduled message; what is absent stays. */
export interface ScheduledChange {
  content?: string | undefined;
  fileIds?: string[] | undefined;
  /** In ms since 1970. */
  sendAt?: number | undefined;
  expectedRev?: number | undefined;
  /** The scopes of the token that changes it; null for a session of a person. */
  scopes?: TokenScope[] | null;
}

/** How long "send now" waits for the room's answer. */
const sendNowMs = 5_000;

/** Creates, lists, changes and cancels the user's scheduled messages. The outbox sends them. */
export class ScheduledService {
  readonly #hub: HubState;
  readonly #table: ScheduledMessages;
  readonly #outbox: ScheduledOutbox;

  constructor(hub: HubState, table: ScheduledMessages, outbox: ScheduledOutbox) {
    this.#hub = hub;
    this.#table = table;
    this.#outbox = outbox;
  }

  /**
   * Schedules a message. The caller has checked that the user may post it now.
   *
   * @returns `repeated`: an earlier call with the same nonce created it
   * @throws `conflict` at the limit of scheduled messages; `not_found` for a file that the user does not have, or that a message carries;
   *   `nonce_reused` for another body with the same nonce; `validation_failed` for a time in the past or too far ahead
   */
  create(input: NewScheduledMessage): Promise<RpcResult<{ scheduled: ScheduledMessage; repeated: boolean }>> {
    return runForUser(this.#hub, () => {
      const nowMs = Date.now();
      const { nonce, ...data } = input;
      const nonceHash = nonce === undefined ? undefined : bodyHash("scheduledMessage", data);
      const known = nonce === undefined ? undefined : this.#table.findByNonce(nonce);
      if (known) {
        if (known.nonceHash !== nonceHash)
          reject("nonce_reused", "This nonce was used for another scheduled message");
        return { scheduled: presentScheduled(known), repeated: true };
      }
      requireFutureTime("sendAt", input.sendAt, nowMs, limits.scheduledDays);
      this.#requireFiles(input.fileIds);
      if (this.#table.pendingCount >= limits.scheduledMessages)
        reject(
          "conflict",
          `You have ${limits.scheduledMessages} scheduled messages, which is the limit; cancel one first`,
        );
      return this.#commit(nowMs, () => ({
        scheduled: this.#appended(
          this.#table.insert(newId("sch", nowMs), { ...input, nonceHash }, nowMs),
          nowMs,
        ),
        repeated: false,
      }));
    });
  }

  /** Lists those that are not sent, in order of their times. */
  list(limit: number, after?: ScheduledPosition, channelId?: string): Promise<RpcResult<ScheduledMessage[]>> {
    return runForUser(this.#hub, () => this.#table.list(limit, after, channelId).map(presentScheduled));
  }

  /** @throws `not_found` */
  get(id: string): Promise<RpcResult<ScheduledMessage>> {
    return runForUser(this.#hub, () => presentScheduled(this.#require(id)));
  }

  /**
   * Changes a scheduled message. A failed one with a new time is sent after all.
   *
   * @throws `not_found`; `conflict` for another `expectedRev`, or if it is being sent or was sent; what `create` throws
   */
  update(
    id: string,
    { content, fileIds, sendAt, expectedRev, scopes = null }: ScheduledChange,
  ): Promise<RpcResult<ScheduledMessage>> {
    return runForUser(this.#hub, () => {
      const nowMs = Date.now();
      const row = this.#requireOpen(id);
      if (expectedRev !== undefined && expectedRev !== row.rev)
        reject(
          "conflict",
          "The scheduled message was changed in the meantime: fetch it before you change it again",
        );
      if (sendAt !== undefined) requireFutureTime("sendAt", sendAt, nowMs, limits.scheduledDays);
      if (fileIds) this.#requireFiles(fileIds);
      const next = {
        content: content ?? row.content,
        fileIds: fileIds ? JSON.stringify(fileIds) : row.fileIds,
        scopes: commonScopes(row.scopes, scopes),
      };
      const { attachments = [] } = JSON.parse(row.extras) as ScheduledExtras;
      if (next.content === "" && next.fileIds === "[]" && attachments.length === 0)
        throw invalidField("content", "Must not be empty without files or attachments");
      const revives = row.state === "failed" && sendAt !== undefined;
      if (revives && this.#table.pendingCount >= limits.scheduledMessages)
        reject("conflict", `You have ${limits.scheduledMessages} scheduled messages, which is the limit`);
      const time = sendAt === undefined ? {} : { sendAt, at: sendAt, state: "pending" as const, error: null };
      return this.#commit(nowMs, () =>
        this.#appended(this.#table.update(row, { ...next, ...time }, nowMs), nowMs),
      );
    });
  }

  /** Cancels a scheduled message. @throws `not_found`; `conflict` if it is being sent or was sent */
  cancel(id: string): Promise<RpcResult<null>> {
    return runForUser(this.#hub, () => {
      const nowMs = Date.now();
      const row = this.#requireOpen(id);
      return this.#commit(nowMs, () => {
        this.#table.remove(row.id);
        this.#hub.events.append("scheduledMessageDelete", { scheduledMessageId: row.id }, nowMs);
        return null;
      });
    });
  }

  /** Sends a scheduled message now, and waits a moment for the outcome. One that was sent stays as it is. @throws `not_found` */
  sendNow(id: string): Promise<RpcResult<ScheduledMessage>> {
    return runForUser(this.#hub, async () => {
      const nowMs = Date.now();
      const row = this.#require(id);
      if (row.state === "sent") return presentScheduled(row);
      if (row.state !== "sending")
        this.#commit(nowMs, () => {
          const now = { sendAt: nowMs, at: nowMs, state: "pending" as const, error: null };
          return this.#appended(this.#table.update(row, now, nowMs), nowMs);
        });
      await settledWithin(this.#outbox.deliver(row.channelId), sendNowMs);
      return presentScheduled(this.#require(id));
    });
  }

  #commit<T>(nowMs: number, work: () => T): T {
    return this.#hub.commit(() => {
      const result = work();
      this.#outbox.schedule(nowMs);
      return result;
    });
  }

  #appended(row: ScheduledRow, nowMs: number): ScheduledMessage {
    appendScheduledUpdate(this.#hub, row, nowMs);
    return presentScheduled(row);
  }

  #require(id: string): ScheduledRow {
    return this.#table.find(id) ?? notFound("scheduled message");
  }

  #requireOpen(id: string): ScheduledRow {
    const row = this.#require(id);
    if (row.state === "sending") reject("conflict", "The message is being sent");
    if (row.state === "sent") reject("conflict", "The message was sent");
    return row;
  }

  /** The files stay usable for other messages: the room claims them when the message is sent. */
  #requireFiles(fileIds: readonly string[]): void {
    for (const id of fileIds) if (this.#hub.files.find(id)?.state !== "ready") notFound("file");
  }
}

/**
 * Returns the scopes, as JSON, with which a message is sent after a change: those that both the token that scheduled it and the token of the
 * change have, so that no token sends a message with scopes that it lacks.
 *
 * @param stored as JSON; null: a session scheduled it
 * @param given null: a session changes it
 */
function commonScopes(stored: string | null, given: readonly TokenScope[] | null): string | null {
  if (given === null) return stored;
  const scopes = stored === null ? given : given.filter((scope) => JSON.parse(stored).includes(scope));
  return JSON.stringify(scopes);
}
