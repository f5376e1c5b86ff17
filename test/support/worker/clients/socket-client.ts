import { exports } from "cloudflare:workers";
import {
  type CompactEvents,
  compactSubprotocol,
  type EventEnvelope,
  EventsEnvelope,
  eventTypes,
  expandEvents,
  type ServerEnvelope,
  ServerFrame,
  subprotocol,
} from "../../../../src/protocol/index.ts";

type Type = ServerEnvelope["type"];

type Of<T extends Type> = Extract<ServerEnvelope, { type: T }>;

/**
 * A client's end of a socket. Checks each frame against the protocol and keeps all envelopes in order, in the plain form, whichever form
 * the frame has.
 */
export class TestSocket {
  readonly ws: WebSocket;
  /** All envelopes received, in order. */
  readonly seen: ServerEnvelope[] = [];
  /** All frames as they were received. */
  readonly frames: string[] = [];
  /** All frames in the plain form: restored where they were compact. */
  readonly plainFrames: string[] = [];
  readonly closed: Promise<{ code: number; reason: string }>;
  #read = 0;
  #wake: (() => void)[] = [];
  #nextId = 1;
  #isClosed = false;

  constructor(ws: WebSocket) {
    this.ws = ws;
    this.closed = new Promise((resolve) => {
      ws.addEventListener("close", ({ code, reason }) => {
        this.#isClosed = true;
        resolve({ code, reason });
        this.#wakeAll();
      });
    });
    ws.addEventListener("message", ({ data }) => {
      if (typeof data !== "string") throw new Error("A binary frame");
      this.frames.push(data);
      if (data === "pong") return;
      const plain = plainEnvelopes(data);
      this.plainFrames.push(data.includes('{"type":"events"') ? JSON.stringify(plain) : data);
      const parsed = ServerFrame.safeParse(plain);
      if (!parsed.success)
        throw new Error(`A frame against the protocol: ${data.slice(0, 400)} ${parsed.error.message}`);
      this.seen.push(...plain);
      this.#wakeAll();
    });
    ws.accept();
  }

  send(frame: object | string): void {
    this.ws.send(typeof frame === "string" ? frame : JSON.stringify(frame));
  }

  /** Sends a command and returns its ack or error. `channelId` is needed on a gateway socket. */
  async sendCommand(type: string, data: object = {}, channelId?: string): Promise<Of<"ack"> | Of<"error">> {
    const id = `t${this.#nextId++}`;
    this.send({ id, type, ...(channelId !== undefined && { channelId }), data });
    return (await this.waitFor(
      (item) => (item.type === "ack" || item.type === "error") && item.id === id,
    )) as Of<"ack"> | Of<"error">;
  }

  /** Waits for the next unread envelope of this type, skipping others. */
  async next<T extends Type>(type: T): Promise<Of<T>> {
    for (;;) {
      while (this.#read < this.seen.length) {
        const item = this.seen[this.#read++] as ServerEnvelope;
        if (item.type === type) return item as Of<T>;
      }
      await this.#more(`a ${type}`);
    }
  }

  /** Waits for the first envelope that fits, among those already received and later ones. */
  async waitFor(fits: (item: ServerEnvelope) => boolean): Promise<ServerEnvelope> {
    for (let at = 0; ;) {
      for (; at < this.seen.length; at++)
        if (fits(this.seen[at] as ServerEnvelope)) return this.seen[at] as ServerEnvelope;
      await this.#more("what was waited for");
    }
  }

  /** The channel events received, in order, without signals. */
  get events(): EventEnvelope[] {
    return this.seen.filter(
      (item): item is EventEnvelope =>
        (eventTypes as string[]).includes(item.type) && "channelId" in item && "seq" in item,
    );
  }

  /** Waits until the event with this `seq`, or a later one, is received. */
  async waitForSeq(seq: number): Promise<void> {
    await this.waitFor((item) => "seq" in item && item.seq >= seq);
  }

  close(code = 1000): void {
    this.ws.close(code);
  }

  #more(what: string): Promise<void> {
    if (this.#isClosed) throw new Error(`The socket closed before ${what} came`);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => reject(new Error(`${what} did not come; seen: ${this.seen.map(({ type }) => type).join(" ")}`)),
        5_000,
      );
      this.#wake.push(() => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}

/** Restores the plain envelopes of a frame. @throws ZodError if an `events` envelope does not conform to the protocol */
export const plainEnvelopes = (frame: string): ServerEnvelope[] =>
  (JSON.parse(frame) as (ServerEnvelope | CompactEvents)[]).flatMap((envelope) => {
    if (envelope.type !== "events") return [envelope];
    EventsEnvelope.parse(envelope);
    return expandEvents(envelope);
  });

/** The value of `Sec-WebSocket-Protocol` of a client that accepts the compact form. */
export const compactOffer = `${compactSubprotocol}, ${subprotocol}`;

let connections = 0;
/** Sockets of tests that do not choose a form offer the compact one and only the plain one in turn. */
export const offerInTurn = (): string => (connections++ % 2 === 0 ? compactOffer : subprotocol);

/** Requests an upgrade as a client other than a browser does; returns the raw response. */
export function requestUpgrade(
  path: string,
  token: string | undefined,
  headers: Record<string, string> = {},
): Promise<Response> {
  return exports.default.fetch(`https://parley.test${path}`, {
    headers: {
      Upgrade: "websocket",
      "Sec-WebSocket-Protocol": subprotocol,
      ...(token && { Authorization: `Bearer ${token}` }),
      ...headers,
    },
  });
}

/** Connects to a channel's own socket and waits for `subscribed`. */
export async function connectChannel(
  channelId: string,
  token: string,
  query = "",
  offered: string = offerInTurn(),
): Promise<TestSocket> {
  const headers = { "Sec-WebSocket-Protocol": offered };
  const response = await requestUpgrade(`/v1/channels/${channelId}/realtime${query}`, token, headers);
  if (!response.webSocket) throw new Error(`No socket but ${response.status}: ${await response.text()}`);
  const socket = new TestSocket(response.webSocket);
  await socket.next("subscribed");
  return socket;
}
