import { expect } from "vitest";
import {
  createTicket,
  type EventEnvelope,
  type ServerEnvelope,
  subprotocol,
} from "../../../../src/protocol/index.ts";
import type { TestUser } from "../fixtures/accounts.ts";
import { expectOk } from "./endpoint-client.ts";
import { offerInTurn, requestUpgrade, TestSocket } from "./socket-client.ts";

type Of<T extends ServerEnvelope["type"]> = Extract<ServerEnvelope, { type: T }>;

type About = Extract<ServerEnvelope, { channelId?: unknown }>;

/** A client's end of a gateway socket, which carries many channels. */
export class GatewaySocket extends TestSocket {
  #subscribes = 0;

  /** Subscribes and returns the answer: `subscribed` or `error`. */
  async subscribe(
    channelId: string,
    place: { since?: number; epoch?: string } = {},
  ): Promise<Of<"subscribed"> | Of<"error">> {
    const id = `s${++this.#subscribes}`;
    const before = this.seen.length;
    this.send({ id, type: "subscribe", channelId, data: place });
    return (await this.waitFor(
      (item) =>
        (item.type === "error" && item.id === id) ||
        (item.type === "subscribed" && item.channelId === channelId && this.seen.indexOf(item) >= before),
    )) as Of<"subscribed"> | Of<"error">;
  }

  /** Subscribes; throws if the answer is an error. */
  async expectSubscribed(
    channelId: string,
    place?: { since?: number; epoch?: string },
  ): Promise<Of<"subscribed">> {
    const answer = await this.subscribe(channelId, place);
    if (answer.type === "error") throw new Error(`Not subscribed: ${JSON.stringify(answer.error)}`);
    return answer;
  }

  /** Waits for the next `unsubscribed` of a channel. `from`: the index in `seen` to search from, by default the end. */
  async waitForUnsubscribed(channelId: string, from: number = this.seen.length): Promise<Of<"unsubscribed">> {
    return (await this.waitFor(
      (item) =>
        item.type === "unsubscribed" && item.channelId === channelId && this.seen.indexOf(item) >= from,
    )) as Of<"unsubscribed">;
  }

  async unsubscribe(channelId: string): Promise<Of<"unsubscribed">> {
    const from = this.seen.length;
    this.send({ type: "unsubscribe", channelId });
    return this.waitForUnsubscribed(channelId, from);
  }

  /** Returns all envelopes of a channel in the order received. */
  envelopesOf(channelId: string): About[] {
    return this.seen.filter((item): item is About => "channelId" in item && item.channelId === channelId);
  }

  eventsOf(channelId: string): EventEnvelope[] {
    return this.events.filter((event) => event.channelId === channelId);
  }
}

/** Connects to the gateway and waits for `hello`. */
export async function connectGateway(
  { token }: { token: string },
  query = "",
  offered: string = offerInTurn(),
): Promise<GatewaySocket> {
  const headers = { "Sec-WebSocket-Protocol": offered };
  return acceptGateway(await requestUpgrade(`/v1/realtime${query}`, token, headers));
}

export const createTicketFor = async (person: TestUser): Promise<string> =>
  (await expectOk(createTicket, { as: person })).ticket;

/** Requests an upgrade as a browser page does: without `Authorization`, with an `Origin`, and with the ticket as a subprotocol. */
export const upgradeWithTicket = (path: string, ticket: string): Promise<Response> =>
  requestUpgrade(path, undefined, {
    Origin: "http://localhost:5173",
    "Sec-WebSocket-Protocol": `${subprotocol}, ticket.${ticket}`,
  });

export async function acceptGateway(response: Response): Promise<GatewaySocket> {
  if (!response.webSocket) throw new Error(`No socket but ${response.status}: ${await response.text()}`);
  const socket = new GatewaySocket(response.webSocket);
  await socket.next("hello");
  return socket;
}

/** Returns the `hello` of an accepted upgrade and closes the socket; fails if the upgrade was rejected. */
export async function readHello(response: Response): Promise<{ userId: string; sessionId: string }> {
  expect(response.status).toBe(101);
  const socket = new TestSocket(response.webSocket!);
  const { data } = await socket.next("hello");
  socket.close();
  return data;
}
