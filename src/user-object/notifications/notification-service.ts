import type { GroupChange, ReadStateNotice, ThreadReadStateNotice, UserNotice } from "../../domain/notice.ts";
import { invalidField } from "../../errors/app-error.ts";
import { failpoint } from "../../lib/failpoint.ts";
import type { UserEventData } from "../../protocol/index.ts";
import { type RpcResult, toRpcResult } from "../../rpc/rpc-result.ts";
import type { HubState } from "../hub-state.ts";
import { noSession } from "../rpc-failures.ts";
import type { NotificationList, NotificationReadPosition } from "./notifications.ts";

/** Receives what rooms report about the user, and lists and marks notifications. */
export class NotificationService {
  readonly #hub: HubState;

  constructor(hub: HubState) {
    this.#hub = hub;
  }

  /**
   * Commits what a room reports about this user. Rooms deliver at least once: each event of a channel is applied once, and read
   * positions never go back. While the user's status is `dnd`, notifications are deferred.
   *
   * @param notices notifications, in any order, and events of the user's own log, in the order of the room's log
   * @param reading the user's read position in the channel
   * @param threads the user's read positions in threads of the channel
   */
  receive(
    channelId: string,
    notices: readonly UserNotice[],
    reading: ReadStateNotice | undefined,
    threads: readonly ThreadReadStateNotice[],
  ): void {
    const hub = this.#hub;
    if (hub.isErased) return;
    hub.create();
    const nowMs = Date.now();
    failpoint("hub:before-notify");
    hub.commit(() => {
      const defer = hub.chosenStatus.defersNotifications;
      for (const notice of notices) this.#apply(channelId, notice, { defer, nowMs });
      hub.notifications.trim();
      for (const { rootId, lastReadSeq } of threads)
        hub.notifications.markThreadRead(channelId, rootId, lastReadSeq, nowMs);
      if (!reading) return;
      hub.events.applyReadState(channelId, reading, nowMs);
      hub.notifications.markChannelRead(channelId, hub.events.lastReadSeq(channelId), nowMs);
    });
    failpoint("hub:after-notify");
  }

  /** Appends a notice about a subscription of the user to their own events. */
  noticeDisabledSubscription(notice: UserEventData<"subscriptionDisable">): void {
    const hub = this.#hub;
    if (!hub.exists || hub.isErased) return;
    hub.commit(() => hub.events.append("subscriptionDisable", notice, Date.now()));
  }

  #apply(
    channelId: string,
    { own, kind, gone, ...notice }: UserNotice,
    { defer, nowMs }: { defer: boolean; nowMs: number },
  ): void {
    const { events, memberships, notifications } = this.#hub;
    if (own && events.appendOnce(channelId, notice.channelSeq, own, nowMs) && own.type !== "channelCreate")
      memberships.set(channelId, own.type === "memberJoin");
    if (kind) notifications.addOnce(channelId, { kind, ...notice }, { defer, nowMs });
    if (gone && notice.messageId) notifications.remove(channelId, notice.messageId, gone, nowMs);
  }

  /** Appends a change of a user group to the user's own events. Changes nothing for a user who never had a session. */
  receiveGroupChange({ group, isMember, deleted }: GroupChange): void {
    const hub = this.#hub;
    if (!hub.exists || hub.isErased) return;
    const nowMs = Date.now();
    hub.commit(() =>
      deleted
        ? hub.events.append("groupDelete", { group }, nowMs)
        : hub.events.append("groupUpdate", { group, isMember }, nowMs),
    );
  }

  /**
   * Lists notifications, newest first. Fails with `unauthenticated` when the user never had a session.
   *
   * @param before lists only those with a lower `seq`
   */
  list(limit: number, before?: number): RpcResult<NotificationList> {
    if (!this.#hub.exists) return noSession();
    return { ok: true, value: this.#hub.notifications.list(limit, before) };
  }

  /**
   * Marks notifications as read. Fails with `validation_failed` when `seq` is greater than the newest event's, with `unauthenticated`
   * when the user never had a session.
   *
   * @param seq marks all up to this event
   * @param seqs marks only these; numbers of events that are no notifications of the user are ignored. Without both, all are marked.
   */
  async markRead(seq?: number, seqs?: readonly number[]): Promise<RpcResult<NotificationReadPosition>> {
    if (!this.#hub.exists) return noSession();
    return toRpcResult(() => (seqs ? this.#markReadEach(seqs) : this.#markReadUpTo(seq)));
  }

  #markReadUpTo(seq: number | undefined): NotificationReadPosition {
    const { events, notifications } = this.#hub;
    if (seq !== undefined && seq > events.head)
      throw invalidField("seq", "Is greater than the `seq` of your newest event");
    return this.#hub.commit(() => {
      notifications.markReadUpTo(seq ?? events.head, Date.now());
      return notifications.readPosition();
    });
  }

  #markReadEach(seqs: readonly number[]): NotificationReadPosition {
    const { notifications } = this.#hub;
    return this.#hub.commit(() => {
      notifications.markReadEach(seqs, Date.now());
      return notifications.readPosition();
    });
  }
}
