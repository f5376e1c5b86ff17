import { evictDurableObject } from "cloudflare:test";
import type { Message } from "../../../../src/protocol/index.ts";
import type { TestSocket } from "../clients/socket-client.ts";
import { restRequestOf } from "../clients/transports.ts";
import {
  type DatabaseCall,
  interceptDatabase,
  isProjectionBatch,
  rejectAsUnreachable,
} from "../fakes/database-interceptor.ts";
import type { TestUser } from "../fixtures/accounts.ts";
import { createStoredFile } from "../fixtures/stored-files.ts";
import { runRoomAlarm } from "../objects/projection.ts";
import { inRoom, roomStub } from "../objects/room-object.ts";
import { commandData } from "./command-data.ts";
import type { Operation, ScheduledOperation } from "./room-operations.ts";

type CommandOperation = Extract<Operation, { who: number; transport: number }>;

/** Channels whose projection batches fail. Other simulations run at the same time. */
const stalled = new Set<string>();

const isPersonal = ({ statements }: DatabaseCall): boolean =>
  /^INSERT INTO "?(channel_readers|thread_followers)\b/.test(statements[0]!.sql);

export const interceptStalledChannels = (): void =>
  interceptDatabase((trip) => {
    if (stalled.size === 0 || !(isProjectionBatch(trip) || isPersonal(trip))) return trip.run();
    const params = JSON.stringify(trip.statements[0]!.params);
    return [...stalled].some((channelId) => params.includes(channelId)) ? rejectAsUnreachable() : trip.run();
  });

/** Runs operations of four users in a channel: Ann, who owns it and stays, and three who join and leave. */
export class RoomSimulation {
  /** The private commands sent, as `command user`: they produce no event. */
  readonly privateCommands = new Set<string>();
  readonly #users: readonly TestUser[];
  readonly #channelId: string;
  readonly #sockets = new Map<number, TestSocket>();
  readonly #messageIds: string[] = [];
  readonly #fileIds: string[] = [];
  #pending: Promise<unknown>[] = [];

  constructor(users: readonly TestUser[], channelId: string) {
    this.#users = users;
    this.#channelId = channelId;
  }

  /** Lets a user send commands through a socket; once it closes they use REST again. */
  setSocket(actor: number, socket: TestSocket): void {
    this.#sockets.set(actor, socket);
    void socket.closed.then(() => {
      if (this.#sockets.get(actor) === socket) this.#sockets.delete(actor);
    });
  }

  async carryOut({ step, wait }: ScheduledOperation): Promise<void> {
    this.#pending.push(this.#begin(step));
    if (wait) await this.settle();
  }

  async settle(): Promise<void> {
    await Promise.all(this.#pending.splice(0));
  }

  async end(): Promise<void> {
    await this.settle();
    await this.#recover();
  }

  close(): void {
    for (const socket of this.#sockets.values()) socket.close();
  }

  #begin(step: Operation): Promise<unknown> {
    switch (step.do) {
      case "evict":
        return this.#evict();
      case "stall":
        stalled.add(this.#channelId);
        return Promise.resolve();
      case "recover":
        return this.#recover();
      case "connect":
        return this.#connect(step.who);
      default:
        return this.#sendCommand(step);
    }
  }

  /** Ends the D1 failures and lets the room retry at once. */
  async #recover(): Promise<void> {
    if (!stalled.delete(this.#channelId)) return;
    await inRoom(
      this.#channelId,
      (_, { storage }) => void storage.sql.exec("UPDATE due SET at = ?", Date.now() - 1),
    );
    await this.#evict();
    await runRoomAlarm(this.#channelId);
  }

  async #evict(): Promise<void> {
    const room = roomStub(this.#channelId);
    // An eviction waits for timers; waiting for the projection makes it flush without its batching timer.
    const { head } = await room.progress();
    void room.waitForDatabase(head);
    // Of two concurrent evictions the second finds nothing to evict.
    await evictDurableObject(room, { webSockets: "hibernate" }).catch((error: unknown) => {
      if (!String(error).includes("not currently running")) throw error;
    });
  }

  async #connect(actor: number): Promise<void> {
    if (this.#sockets.has(actor)) return;
    const socket = await this.#users[actor]!.connect(this.#channelId).catch((error: unknown) => {
      // Non-members of a private channel are rejected, and a member who is being removed is closed at once.
      if (!/No socket but 404|closed before/.test(String(error))) throw error;
    });
    if (socket) this.setSocket(actor, socket);
  }

  /** Sends a command. Rejections are fine: the test only checks that all parts agree on the result. */
  async #sendCommand(step: CommandOperation): Promise<void> {
    const actor = this.#users[step.who]!;
    // An archived channel rejects nearly every command, so its owner soon unarchives it.
    const type = this.#isArchived && step.who === 0 ? "channelUpdate" : step.do;
    const text = step.text.replaceAll(/%(\d)/g, (_, index: string) => this.#users[Number(index)]!.username);
    const data = commandData[type](
      { ...step, text },
      {
        channelId: this.#channelId,
        isArchived: this.#isArchived,
        userIds: this.#users.map(({ userId }) => userId),
        messageId: (which, { replies, own } = {}) =>
          this.#message(
            which,
            (one) => (!replies || one.threadId !== null) && (!own || one.authorId === actor.userId),
          ),
        fileIds: await this.#filesFor(step, actor),
      },
    );
    this.privateCommands.add(`${type} ${actor.userId}`);
    const socket = this.#sockets.get(step.who);
    // The socket of a removed member closes before the answer.
    if (socket && step.transport === 1) {
      const answer = await socket.sendCommand(type, data).catch(() => undefined);
      if (answer?.type === "error" && answer.error.status === 500)
        throw new Error(`${type}: ${JSON.stringify(answer)}`);
      return;
    }
    const [method, path, body] = restRequestOf[type](data);
    const answer = await actor.call(method, `/v1/channels/${this.#channelId}${path}`, body);
    if (answer.status === 500) throw new Error(`${method} ${path}: ${answer.text}`);
    if (answer.status < 300 && answer.body?.id?.startsWith("msg_")) this.#messageIds.push(answer.body.id);
  }

  /** Sometimes a new file, sometimes the last one, which may belong to another message or user. */
  async #filesFor({ do: type, whom, number }: CommandOperation, actor: TestUser): Promise<string[]> {
    if (!type.endsWith("Create") || whom > 0) return [];
    if (number % 2 === 0) this.#fileIds.push((await createStoredFile(actor)).id);
    return this.#fileIds.slice(-1);
  }

  get #isArchived(): boolean {
    const last = this.#sockets.get(0)?.events.findLast(({ type }) => type.startsWith("channel"));
    return last?.type === "channelDelete";
  }

  /** Selects a message that fits, else any that Ann's socket or REST returned, else a made-up id. */
  #message(which: number, fits: (message: Message) => boolean): string {
    const received = (this.#sockets.get(0)?.events ?? []).flatMap((event) =>
      event.type === "messageCreate" || event.type === "threadCreate" ? [event.data.message] : [],
    );
    const fitting = received.filter(fits).map(({ id }) => id);
    const ids =
      fitting.length > 0 ? fitting : [...new Set([...received.map(({ id }) => id), ...this.#messageIds])];
    return ids[which % Math.max(1, ids.length)] ?? "msg_01AAAAAAAAAAAAAAAAAAAAAAAA";
  }
}
