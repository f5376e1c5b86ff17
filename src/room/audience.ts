import type { UserFacts } from "../core/actor.ts";
import { Recent } from "../log/recent.ts";
import { type Connection, type Holder, Sockets } from "../log/sockets.ts";
import { limits, type ServerEnvelope, type WorkspaceRole } from "../protocol/index.ts";
import type { CommittedEvent } from "./commit.ts";
import { missedBy } from "./replay.ts";
import type { Room } from "./state.ts";

/** Who holds a socket of the room. */
export interface Reader extends Holder {
  role: WorkspaceRole;
  /** Of the facts that the role is from. */
  factsRev: number;
}

export type ReaderConnection = Connection<Reader>;

/** How long a socket may be on its way in, with what its hub had said before something changed. */
const onTheWayMs = 60_000;

/** The sockets of a room: who hears what, in which order, and until when. */
export class Audience {
  readonly sockets: Sockets<Reader>;
  readonly #room: Room;
  readonly #replies = new Map<ReaderConnection, string[]>();
  readonly #heard: CommittedEvent[] = [];
  readonly #ended = new Recent<true>(onTheWayMs);
  readonly #facts = new Recent<UserFacts>(onTheWayMs);

  constructor(ctx: DurableObjectState, room: Room) {
    this.sockets = new Sockets(ctx);
    this.#room = room;
  }

  /**
   * Takes a socket and tells it, in one go, what it missed and where it now stands; from here on it hears everything.
   * Without an await: what was missed and what follows meet without a hole.
   */
  join(
    reader: Reader,
    {
      since,
      epoch,
      heartbeatMs,
    }: { since: number | undefined; epoch: string | undefined; heartbeatMs: number },
  ): WebSocket {
    this.flush();
    const { client, connection } = this.sockets.accept(reader);
    const { head: seq, epoch: present } = this.#room.log;
    const { frameBytes, contentLength, replayEvents, confirmEveryBytes } = limits;
    const hello: ServerEnvelope = {
      type: "hello",
      data: {
        userId: reader.userId,
        sessionId: reader.sessionId,
        heartbeatMs,
        limits: { frameBytes, contentLength, replayEvents, confirmEveryBytes },
        seq,
        epoch: present,
      },
    };
    this.sockets.send(connection, [
      JSON.stringify(hello),
      ...missedBy(this.#room, since, epoch),
      this.#subscribed(),
    ]);
    return client;
  }

  /** Who has a socket here. */
  userIds(): Set<string> {
    const present = new Set<string>();
    for (const { holder } of this.sockets.all) present.add(holder.userId);
    return present;
  }

  #subscribed(): string {
    const present = this.userIds();
    const online = [...present].slice(0, limits.onlineListed);
    const { head: seq, epoch } = this.#room.log;
    const subscribed: ServerEnvelope = {
      type: "subscribed",
      channelId: this.#room.channel.id,
      data: { seq, epoch, online, onlineCount: present.size },
    };
    return JSON.stringify(subscribed);
  }

  tell(connection: ReaderConnection, item: ServerEnvelope): void {
    this.sockets.send(connection, [JSON.stringify(item)]);
  }

  /** Holds an answer until `sendReplies`, so that the answers of a turn to one socket share a frame. */
  reply(connection: ReaderConnection, text: string): void {
    const replies = this.#replies.get(connection);
    if (replies) replies.push(text);
    else this.#replies.set(connection, [text]);
  }

  sendReplies(): void {
    for (const [connection, replies] of this.#replies) this.sockets.send(connection, replies);
    this.#replies.clear();
  }

  /** Keeps what was committed until `flush`, which whatever changes the audience calls first. */
  hear(events: readonly CommittedEvent[]): void {
    this.#heard.push(...events);
  }

  /** One frame a socket. A change of audience is a barrier: what precedes it goes to the old one, what follows to the new. */
  flush(): void {
    let held: string[] = [];
    const send = (): void => {
      this.sockets.broadcast(held);
      held = [];
    };
    const events = this.#heard.splice(0);
    for (const [index, { envelope, ends }] of events.entries()) {
      if (ends === "outsiders") {
        send();
        // The state is that after the turn: who leaves later in it is no outsider yet.
        const leaving = new Set(
          events.slice(index).map(({ ends: later }) => (later === "outsiders" ? undefined : later?.userId)),
        );
        this.#closeWhere(
          "notMember",
          ({ userId }) => this.#room.member(userId) === undefined && !leaving.has(userId),
        );
      }
      held.push(envelope);
      if (ends !== undefined && ends !== "outsiders") {
        send();
        this.#closeWhere("notMember", ({ userId }) => userId === ends.userId);
      }
    }
    send();
  }

  /** Closes the sockets of a session that is over, and keeps out one that is on its way in. */
  endSession(sessionId: string, nowMs: number): void {
    this.#ended.note(sessionId, true, nowMs);
    this.flush();
    this.#closeWhere("sessionEnded", (reader) => reader.sessionId === sessionId);
  }

  hasEnded(sessionId: string): boolean {
    return this.#ended.get(sessionId) === true;
  }

  /** The newer of what a hub said to one who is coming in, and of what it told the room meanwhile. */
  newestFacts(facts: UserFacts): UserFacts {
    const told = this.#facts.get(facts.userId);
    return told && told.rev > facts.rev ? told : facts;
  }

  /** Takes newer facts of a user; older ones that come late change nothing. Returns whether they have a socket here. */
  setFacts(facts: UserFacts, nowMs: number): boolean {
    const { userId, role, active, rev } = facts;
    this.flush();
    if ((this.#facts.get(userId)?.rev ?? 0) < rev) this.#facts.note(userId, facts, nowMs);
    const isOlder = (reader: Reader): boolean => reader.userId === userId && reader.factsRev < rev;
    if (!active) this.#closeWhere("sessionEnded", isOlder);
    for (const connection of this.sockets.all)
      if (isOlder(connection.holder))
        this.sockets.rename(connection, { ...connection.holder, role, factsRev: rev });
    return this.sockets.has((reader) => reader.userId === userId);
  }

  #closeWhere(reason: "notMember" | "sessionEnded", concerned: (reader: Reader) => boolean): void {
    for (const connection of this.sockets.all)
      if (concerned(connection.holder)) this.sockets.close(connection, reason);
  }
}
