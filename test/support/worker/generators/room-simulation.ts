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

type Asked = Extract<Operation, { who: number; door: number }>;

/** Channels whose projection D1 refuses. Others are played at the same time. */
const stalled = new Set<string>();

const isPersonal = ({ statements }: DatabaseCall): boolean =>
  /^INSERT INTO "?(channel_readers|thread_followers)\b/.test(statements[0]!.sql);

export const interceptStalledChannels = (): void =>
  interceptDatabase((trip) => {
    if (stalled.size === 0 || !(isProjectionBatch(trip) || isPersonal(trip))) return trip.run();
    const params = JSON.stringify(trip.statements[0]!.params);
    return [...stalled].some((channelId) => params.includes(channelId)) ? rejectAsUnreachable() : trip.run();
  });

/** Ann, who owns the channel and stays, and three who come and go. */
export class RoomSimulation {
  /** Who changed what concerns themselves alone, by which command: no event tells of that. */
  readonly privateCommands = new Set<string>();
  readonly #cast: readonly TestUser[];
  readonly #channelId: string;
  readonly #sockets = new Map<number, TestSocket>();
  readonly #messageIds: string[] = [];
  readonly #fileIds: string[] = [];
  #pending: Promise<unknown>[] = [];

  constructor(cast: readonly TestUser[], channelId: string) {
    this.#cast = cast;
    this.#channelId = channelId;
  }

  /** Those with a socket speak through it; once it is closed they are back at REST. */
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
        return this.#ask(step);
    }
  }

  /** D1 takes all again, and the room need not wait until it is time to try. */
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
    // An eviction waits for timers; asking for the record ends the projection's rest.
    const { head } = await room.progress();
    void room.caughtUp(head);
    // Two evictions at once: the second finds nothing to evict.
    await evictDurableObject(room, { webSockets: "hibernate" }).catch((error: unknown) => {
      if (!String(error).includes("not currently running")) throw error;
    });
  }

  async #connect(actor: number): Promise<void> {
    if (this.#sockets.has(actor)) return;
    const socket = await this.#cast[actor]!.connect(this.#channelId).catch((error: unknown) => {
      // Who is not in a private channel gets none, and who is just being removed loses it at once.
      if (!/No socket but 404|closed before/.test(String(error))) throw error;
    });
    if (socket) this.setSocket(actor, socket);
  }

  /** Refusals are as good as successes here: what counts is that all agree on what came of it. */
  async #ask(step: Asked): Promise<void> {
    const actor = this.#cast[step.who]!;
    // An archived channel takes next to nothing: its owner soon brings it back.
    const type = this.#isArchived && step.who === 0 ? "channelUpdate" : step.do;
    const text = step.text.replaceAll(/%(\d)/g, (_, index: string) => this.#cast[Number(index)]!.username);
    const data = commandData[type](
      { ...step, text },
      {
        channelId: this.#channelId,
        isArchived: this.#isArchived,
        userIds: this.#cast.map(({ userId }) => userId),
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
    // A socket that closes under the question is what happens to one who is removed.
    if (socket && step.door === 1) {
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

  /** At times a new file, or the last one: another message's already, or another's. */
  async #filesFor({ do: type, whom, number }: Asked, actor: TestUser): Promise<string[]> {
    if (!type.endsWith("Create") || whom > 0) return [];
    if (number % 2 === 0) this.#fileIds.push((await createStoredFile(actor)).id);
    return this.#fileIds.slice(-1);
  }

  get #isArchived(): boolean {
    const last = this.#sockets.get(0)?.events.findLast(({ type }) => type.startsWith("channel"));
    return last?.type === "channelDelete";
  }

  /** One of those that fit, or else of all that Ann heard of or REST told; a made-up one while there is none. */
  #message(which: number, fits: (message: Message) => boolean): string {
    const heard = (this.#sockets.get(0)?.events ?? []).flatMap((event) =>
      event.type === "messageCreate" || event.type === "threadCreate" ? [event.data.message] : [],
    );
    const fitting = heard.filter(fits).map(({ id }) => id);
    const known =
      fitting.length > 0 ? fitting : [...new Set([...heard.map(({ id }) => id), ...this.#messageIds])];
    return known[which % Math.max(1, known.length)] ?? "msg_01AAAAAAAAAAAAAAAAAAAAAAAA";
  }
}
