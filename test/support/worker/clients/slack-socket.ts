import { exports } from "cloudflare:workers";
import { slackOk } from "./slack-client.ts";

/** A message of Socket Mode. */
export interface SlackEnvelope {
  type: string;
  envelope_id?: string;
  payload?: any;
  retry_attempt?: number;
  [field: string]: unknown;
}

/** A client's end of a Socket Mode connection. */
export class SlackSocket {
  readonly #ws: WebSocket;
  readonly #acknowledges: boolean;
  readonly received: SlackEnvelope[] = [];
  closeCode: number | undefined;
  #waiting: (() => void)[] = [];

  constructor(ws: WebSocket, { acknowledges }: { acknowledges: boolean }) {
    this.#ws = ws;
    this.#acknowledges = acknowledges;
    ws.addEventListener("message", ({ data }) => {
      const envelope = JSON.parse(String(data)) as SlackEnvelope;
      this.received.push(envelope);
      if (this.#acknowledges && envelope.envelope_id) this.acknowledge(envelope.envelope_id);
      this.#wake();
    });
    ws.addEventListener("close", ({ code }) => {
      this.closeCode = code;
      ws.close();
      this.#wake();
    });
    ws.accept();
  }

  send(text: string): void {
    this.#ws.send(text);
  }

  acknowledge(id: string, payload: Record<string, unknown> = {}): void {
    this.send(JSON.stringify({ envelope_id: id, payload }));
  }

  close(): void {
    this.#ws.close(1000);
  }

  /** The events that were received, without repetitions. */
  get events(): any[] {
    return this.received
      .filter(({ type, retry_attempt: attempt }) => type === "events_api" && !attempt)
      .map(({ payload }) => payload.event);
  }

  /** Waits for the first envelope that matches. */
  async waitFor(matches: (envelope: SlackEnvelope) => boolean, what = "envelope"): Promise<SlackEnvelope> {
    return this.#until(() => this.received.find(matches), what);
  }

  /** Waits for the first event that matches. */
  async event(matches: (event: any) => boolean, what = "event"): Promise<any> {
    return this.#until(() => this.events.find(matches), what);
  }

  async closed(): Promise<number> {
    return this.#until(() => this.closeCode, "close");
  }

  async #until<T>(find: () => T | undefined, what: string): Promise<T> {
    const endMs = Date.now() + 10_000;
    for (;;) {
      const found = find();
      if (found !== undefined) return found;
      if (Date.now() > endMs)
        throw new Error(`No ${what} in ${JSON.stringify(this.received).slice(0, 2_000)}`);
      await Promise.race([new Promise<void>((resolve) => this.#waiting.push(resolve)), scheduler.wait(500)]);
    }
  }

  #wake(): void {
    for (const wake of this.#waiting.splice(0)) wake();
  }
}

/** Requests the upgrade with an address of `apps.connections.open`. */
export const requestSlackSocket = (url: string): Promise<Response> =>
  exports.default.fetch(url.replace(/^ws/, "http"), { headers: { Upgrade: "websocket" } });

/** Connects a bot and waits for `hello`. */
export async function connectSlack(
  bot: { token: string },
  { acknowledges = true }: { acknowledges?: boolean } = {},
): Promise<SlackSocket> {
  const { url } = await slackOk("apps.connections.open", bot);
  const response = await requestSlackSocket(url);
  if (!response.webSocket) throw new Error(`No socket: ${response.status} ${await response.text()}`);
  const socket = new SlackSocket(response.webSocket, { acknowledges });
  await socket.waitFor(({ type }) => type === "hello", "hello");
  return socket;
}
