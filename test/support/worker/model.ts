import { evictDurableObject } from "cloudflare:test";
import fc from "fast-check";
import type { EventEnvelope, Member, Message } from "../../../src/protocol/index.ts";
import { type Person, roomOf } from "./cast.ts";
import { interceptDatabase, isProjection, unreachable } from "./database.ts";
import { runAlarm } from "./projection.ts";
import type { TestSocket } from "./socket.ts";
import { emptyView, type View } from "./view.ts";

/** One command of somebody's, by one of the doors; or something that happens to the objects. Numbers pick from what is there. */
export type Step =
  | { do: "say"; who: number; door: number; text: string; nonce: number }
  | { do: "edit"; who: number; door: number; which: number; text: string }
  | { do: "delete"; who: number; door: number; which: number }
  | { do: "change"; who: number; door: number; field: "topic" | "description" | "name"; text: string }
  | { do: "close"; who: number; door: number }
  | { do: "add"; who: number; door: number; whom: number; role: number }
  | { do: "appoint"; who: number; door: number; whom: number; role: number }
  | { do: "remove"; who: number; door: number; whom: number }
  | { do: "evict" }
  | { do: "stall" }
  | { do: "recover" };

/** A step, and whether the next one waits for its answer. */
export interface Move {
  step: Step;
  wait: boolean;
}

const who = fc.nat(3);
const door = fc.nat(1);
const which = fc.nat(30);
const role = fc.nat(2);
const text = fc.constantFrom("a", "b", "two words", "ünï 🎈", '"quoted" \\ ', "x".repeat(50));
const kind = <T extends Step["do"]>(name: T) => fc.constant(name);

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ do: kind("say"), who, door, text, nonce: fc.nat(12) }) },
  { weight: 5, arbitrary: fc.record({ do: kind("edit"), who, door, which, text }) },
  { weight: 3, arbitrary: fc.record({ do: kind("delete"), who, door, which }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: kind("change"),
      who,
      door,
      field: fc.constantFrom("topic", "description", "name"),
      text,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: kind("close"), who, door }) },
  { weight: 3, arbitrary: fc.record({ do: kind("add"), who, door, whom: who, role }) },
  { weight: 2, arbitrary: fc.record({ do: kind("appoint"), who, door, whom: who, role }) },
  { weight: 2, arbitrary: fc.record({ do: kind("remove"), who, door, whom: who }) },
  { weight: 2, arbitrary: fc.record({ do: kind("evict") }) },
  { weight: 1, arbitrary: fc.record({ do: kind("stall") }) },
  { weight: 2, arbitrary: fc.record({ do: kind("recover") }) },
) as fc.Arbitrary<Step>;

export const moves = (length: number): fc.Arbitrary<Move[]> =>
  fc.array(fc.record({ step, wait: fc.boolean() }), { minLength: length, maxLength: length });

/** Channels whose projection D1 refuses. Others are played at the same time. */
const stalled = new Set<string>();

export const stallSome = (): void =>
  interceptDatabase((trip) =>
    isProjection(trip) && trip.statements[0]!.params.some((value) => stalled.has(String(value)))
      ? unreachable()
      : trip.run(),
  );

const roles = ["member", "moderator", "owner"] as const;

/** Ann, who owns the channel and stays, and three who come and go. */
export class Play {
  readonly #cast: readonly Person[];
  readonly #channelId: string;
  readonly #sockets = new Map<number, TestSocket>();
  readonly #messageIds: string[] = [];
  #pending: Promise<unknown>[] = [];

  constructor(cast: readonly Person[], channelId: string) {
    this.#cast = cast;
    this.#channelId = channelId;
  }

  /** Those with a socket speak through it; once it is closed they are back at REST. */
  give(actor: number, socket: TestSocket): void {
    this.#sockets.set(actor, socket);
    void socket.closed.then(() => this.#sockets.delete(actor));
  }

  async carryOut({ step, wait }: Move): Promise<void> {
    this.#pending.push(this.#begin(step));
    if (wait) await this.settle();
  }

  async settle(): Promise<void> {
    await Promise.all(this.#pending.splice(0));
  }

  async end(): Promise<void> {
    await this.settle();
    stalled.delete(this.#channelId);
    await runAlarm(this.#channelId);
  }

  #begin(step: Step): Promise<unknown> {
    switch (step.do) {
      case "evict":
        return this.#evict();
      case "stall":
        stalled.add(this.#channelId);
        return Promise.resolve();
      case "recover":
        stalled.delete(this.#channelId);
        return runAlarm(this.#channelId);
      case "say":
        return this.#ask(
          step,
          "messageCreate",
          { content: step.text, ...(step.nonce < 6 && { nonce: `n${step.nonce}` }) },
          "POST",
          "/messages",
        );
      case "edit":
        return this.#ask(
          step,
          "messageUpdate",
          { messageId: this.#message(step.which), content: step.text },
          "PATCH",
          `/messages/${this.#message(step.which)}`,
          { content: step.text },
        );
      case "delete":
        return this.#ask(
          step,
          "messageDelete",
          { messageId: this.#message(step.which) },
          "DELETE",
          `/messages/${this.#message(step.which)}`,
        );
      case "change":
        return this.#ask(
          step,
          "channelUpdate",
          {
            [step.field]:
              step.field === "name" ? `${step.text.slice(0, 9)} ${this.#channelId}` : step.text.slice(0, 200),
          },
          "PATCH",
          "",
        );
      case "close":
        return this.#ask(step, "channelUpdate", { isPrivate: true }, "PATCH", "");
      case "add":
        return this.#ask(
          step,
          "memberJoin",
          { userId: this.#cast[step.whom]!.userId, role: roles[step.role] },
          "POST",
          "/members",
        );
      case "appoint":
        return this.#ask(
          step,
          "memberUpdate",
          { userId: this.#guest(step.whom), role: roles[step.role] },
          "PATCH",
          `/members/${this.#guest(step.whom)}`,
          { role: roles[step.role] },
        );
      case "remove":
        return this.#ask(
          step,
          "memberLeave",
          { userId: this.#guest(step.whom) },
          "DELETE",
          `/members/${this.#guest(step.whom)}`,
        );
    }
  }

  async #evict(): Promise<void> {
    const room = roomOf(this.#channelId);
    // An eviction waits for timers; asking for the record ends the projection's rest.
    const { head } = await room.progress();
    void room.caughtUp(head);
    // Two evictions at once: the second finds nothing to evict.
    await evictDurableObject(room, { webSockets: "hibernate" }).catch((error: unknown) => {
      if (!String(error).includes("not currently running")) throw error;
    });
  }

  /** Refusals are as good as successes here: what counts is that all agree on what came of it. */
  async #ask(
    { who: actor, door: through }: { who: number; door: number },
    type: string,
    data: object,
    method: string,
    path: string,
    body: object = data,
  ): Promise<void> {
    const socket = this.#sockets.get(actor);
    // A socket that closes under the question is what happens to one who is removed.
    if (socket && through === 1) return void (await socket.ask(type, data).catch(() => {}));
    const answer = await this.#cast[actor]!.call(
      method,
      `/v1/channels/${this.#channelId}${path}`,
      method === "DELETE" ? undefined : body,
    );
    if (answer.status === 500) throw new Error(`${method} ${path}: ${answer.text}`);
    if (type === "messageCreate" && answer.status === 201) this.#messageIds.push(answer.body.id);
  }

  #guest(whom: number): string {
    return this.#cast[1 + (whom % 3)]!.userId;
  }

  /** Any message that is known of, said through a socket too; a made-up one while there is none. */
  #message(which: number): string {
    const heard = [...this.#sockets.values()].flatMap(({ events }) =>
      events.flatMap((event) => (event.type === "messageCreate" ? [event.data.message.id] : [])),
    );
    const known = [...new Set([...this.#messageIds, ...heard])].sort();
    return known[which % Math.max(1, known.length)] ?? "msg_01AAAAAAAAAAAAAAAAAAAAAAAA";
  }
}

/** The channel as a fresh fetch by REST has it, page by page, each part with the place in the log at which it was taken. */
export async function fetchView(
  reader: Person,
  channelId: string,
): Promise<{ view: View; places: { channel: number; members: number; messages: number } }> {
  const at = `/v1/channels/${channelId}`;
  const { seq: channelSeq, epoch: _, ...channel } = (await reader.call("GET", at)).body;
  const members: Member[] = [];
  let membersSeq = Number.MAX_SAFE_INTEGER;
  for (let cursor: string | null = ""; cursor !== null;) {
    const { body } = await reader.call("GET", `${at}/members?limit=3${cursor && `&cursor=${cursor}`}`);
    members.push(...body.items);
    membersSeq = Math.min(membersSeq, body.seq);
    cursor = body.nextCursor;
  }
  const messages: Message[] = [];
  let messagesSeq = Number.MAX_SAFE_INTEGER;
  for (let query = "?limit=20"; query;) {
    const { body } = await reader.call("GET", `${at}/messages${query}`);
    messages.unshift(...body.items);
    messagesSeq = Math.min(messagesSeq, body.seq);
    query = body.hasMoreBefore ? `?limit=20&before=${messages[0]!.seq}` : "";
  }
  const view = emptyView();
  view.channel = channel;
  for (const member of members) view.members.set(member.userId, member);
  for (const message of messages) view.messages.set(message.id, message);
  return { view, places: { channel: channelSeq, members: membersSeq, messages: messagesSeq } };
}

/** The part of a view that an event is about. */
export const partOf = ({ type }: EventEnvelope): "channel" | "members" | "messages" =>
  type.startsWith("channel") ? "channel" : type.startsWith("member") ? "members" : "messages";
