import type { EventEnvelope, ServerEnvelope } from "../../../src/protocol/index.ts";

interface Pending {
  id: number;
  type: string;
  data: { content?: string; nonce?: string; messageId?: string; emoji?: string; seq?: number };
}

/** Below a channel's limit of 100 pins, for all writers together. */
const maxPins = 40;

/**
 * A client without the SDK: it sends messages and replies with nonces, reacts, pins and reads, keeps `inFlight`
 * commands open, records every ack and every event, and after a disconnect resumes and repeats unacknowledged
 * commands.
 */
export class CommandWriter {
  readonly events: EventEnvelope[] = [];
  /** For messages and replies: content → the seq of its ack. */
  readonly acknowledgedSeqs = new Map<string, number>();
  /** The messages whose reactions and pins were acknowledged. */
  readonly reacted = new Set<string>();
  readonly pinned = new Set<string>();
  /** The last acknowledged read position. */
  readUpTo = 0;
  readonly faults: string[] = [];
  readonly #name: string;
  readonly #token: string;
  readonly #channelId: string;
  readonly #inFlight: number;
  readonly #pending = new Map<number, Pending>();
  #socket: WebSocket | undefined;
  #epoch = "";
  #lastId = 0;
  /** This client's last acknowledged message. */
  #lastMessage: { id: string; seq: number } | undefined;

  constructor(name: string, token: string, channelId: string, inFlight: number) {
    this.#name = name;
    this.#token = token;
    this.#channelId = channelId;
    this.#inFlight = inFlight;
  }

  get lastSeq(): number {
    return this.events.at(-1)?.seq ?? 0;
  }

  get unacknowledged(): number {
    return this.#pending.size;
  }

  /** Connects or resumes, and resolves once subscribed. */
  connect(url: string): Promise<void> {
    const place = this.#epoch ? `&epoch=${this.#epoch}` : "";
    const address = `${url.replace("http", "ws")}/v1/channels/${this.#channelId}/realtime?since=${this.lastSeq}${place}`;
    // Node's WebSocket accepts headers, which the standard's does not.
    const socket = new WebSocket(address, {
      protocols: ["parley.v1"],
      headers: { Authorization: `Bearer ${this.#token}` },
    } as unknown as string[]);
    this.#socket = socket;
    return new Promise((resolve, reject) => {
      socket.onerror = () => reject(new Error("No connection"));
      socket.onmessage = ({ data }) => {
        for (const item of JSON.parse(data as string) as ServerEnvelope[]) {
          if (item.type === "subscribed") resolve();
          this.#receive(item);
        }
      };
    });
  }

  /** Repeats unacknowledged commands in order, then sends new ones until `stop`. */
  start(): void {
    for (const pending of this.#pending.values()) this.#send(pending);
    this.#sendNewCommands();
  }

  stop(): void {
    this.#lastId = Number.POSITIVE_INFINITY;
  }

  /** Repeats unacknowledged commands without sending new ones. */
  resendPending(): void {
    for (const pending of this.#pending.values()) this.#send(pending);
  }

  disconnect(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    if (!socket) return;
    socket.onmessage = null;
    socket.onerror = null;
    socket.close();
  }

  #sendNewCommands(): void {
    while (this.#inFlight > this.#pending.size && Number.isFinite(this.#lastId)) {
      const id = ++this.#lastId;
      const pending = { id, ...this.#nextCommand(id) };
      this.#pending.set(id, pending);
      this.#send(pending);
    }
  }

  /** Mostly messages; of ten commands one is a reply, one a reaction and one a read, of fifty one a pin. */
  #nextCommand(id: number): Omit<Pending, "id"> {
    const written = { content: `${this.#name} ${id}`, nonce: `${this.#name} ${id}` };
    const { id: messageId, seq } = this.#lastMessage ?? {};
    if (messageId === undefined || seq === undefined) return { type: "messageCreate", data: written };
    if (id % 10 === 3) return { type: "threadCreate", data: { messageId, ...written } };
    if (id % 10 === 5) return { type: "reactionAdd", data: { messageId, emoji: "👍" } };
    if (id % 10 === 7) return { type: "read", data: { seq } };
    if (id % 50 === 9 && id < 50 * maxPins) return { type: "messagePin", data: { messageId } };
    return { type: "messageCreate", data: written };
  }

  #send(pending: Pending): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(JSON.stringify(pending));
  }

  #receive(item: ServerEnvelope): void {
    if (item.type === "hello") this.#epoch = item.data.epoch ?? "";
    else if (item.type === "ack") {
      const pending = this.#pending.get(item.id as number);
      this.#pending.delete(item.id as number);
      if (pending) this.#acknowledge(pending, item.data);
      this.#sendNewCommands();
    } else if ("seq" in item && "channelId" in item) {
      if (item.seq !== this.lastSeq + 1)
        this.faults.push(`${this.#name} got ${item.seq} after ${this.lastSeq}`);
      this.events.push(item);
    } else if (item.type === "error" || item.type === "gap" || item.type === "reset")
      this.faults.push(JSON.stringify(item));
  }

  #acknowledge({ type, data: { messageId = "" } }: Pending, data: object): void {
    if (type === "reactionAdd") this.reacted.add(messageId);
    else if (type === "messagePin") this.pinned.add(messageId);
    else if (type === "read")
      this.readUpTo = Math.max(this.readUpTo, (data as { lastReadSeq: number }).lastReadSeq);
    else {
      const { message } = data as { message: { id: string; content: string; seq: number } };
      const before = this.acknowledgedSeqs.get(message.content);
      if (before !== undefined && before !== message.seq)
        this.faults.push(`${message.content} acknowledged as ${before} and ${message.seq}`);
      this.acknowledgedSeqs.set(message.content, message.seq);
      if (type === "messageCreate") this.#lastMessage = message;
    }
  }
}
