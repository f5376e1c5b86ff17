import type { IdPrefix } from "../core/ids.ts";
import { newId } from "../core/ids.ts";
import { assertNever, refuse } from "../core/app-error.ts";
import type { RoomEvent, RoomState } from "../core/room-state.ts";
import { isoTime } from "../core/time.ts";
import { ChannelState, createChannelTable } from "../features/channels/index.ts";
import { createMemberTable, MemberState } from "../features/members/index.ts";
import { createMessageTables, MessageState } from "../features/messages/index.ts";
import { createDue } from "../log/due.ts";
import { createLog, Log } from "../log/log.ts";
import type { Migration } from "../log/migrations.ts";
import { createNonces, Nonces } from "../log/nonces.ts";
import { createCursors } from "../log/sink.ts";

/** The schema of a room's SQLite, step by step. Append; never edit a step that was released. */
export const roomMigrations: readonly Migration[] = [
  (sql) => {
    for (const create of [
      createLog,
      createNonces,
      createCursors,
      createDue,
      createChannelTable,
      createMemberTable,
      createMessageTables,
    ])
      create(sql);
  },
];

/** The room's state over its SQLite: what decisions read, and the one place where events change it. */
export class Room implements RoomState {
  readonly log: Log;
  readonly nonces: Nonces;
  readonly members: MemberState;
  readonly messages: MessageState;
  readonly #channel: ChannelState;
  atMs = 0;
  nowMs = 0;

  constructor(sql: SqlStorage) {
    this.log = new Log(sql);
    this.nonces = new Nonces(sql);
    this.members = new MemberState(sql);
    this.messages = new MessageState(sql, this.log);
    this.#channel = new ChannelState(sql);
  }

  get channel() {
    return this.#channel.channel;
  }

  get nameClaim() {
    return this.#channel.nameClaim;
  }

  get nextSeq(): number {
    return this.log.head + 1;
  }

  get at(): string {
    return isoTime(this.atMs);
  }

  newId(prefix: IdPrefix): string {
    return newId(prefix, this.atMs);
  }

  member(userId: string) {
    return this.members.find(userId);
  }

  seat(userId: string) {
    return this.members.findSeat(userId);
  }

  ownerCount(): number {
    return this.members.ownerCount();
  }

  message(messageId: string) {
    return this.messages.find(messageId);
  }

  /** Sets the moment that the next decisions are made at. */
  tick(nowMs: number): void {
    this.nowMs = nowMs;
    this.atMs = this.log.time(nowMs);
  }

  apply({ type, data, forSinks }: RoomEvent): void {
    switch (type) {
      case "channelCreate":
      case "channelUpdate":
        return this.#channel.put(data.channel, forSinks?.claim);
      case "memberJoin":
        return this.members.add(data.member, forSinks?.facts ?? refuse("internal", "A member without facts"));
      case "memberUpdate":
        return this.members.setRole(data.member);
      case "memberLeave":
        return this.members.remove(data.member);
      case "messageCreate":
      case "messageUpdate":
      case "messageDelete":
        return this.messages.apply[type](data);
      default:
        return assertNever(type);
    }
  }

  /** What memory holds may have been rolled back: all of it is read again. */
  forget(): void {
    this.log.forget();
    this.members.forget();
    this.#channel.forget();
  }
}
