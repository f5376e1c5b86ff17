import { env } from "cloudflare:workers";
import { type HubUpgrade, upgradeRequest } from "../../../../src/sockets/upgrade.ts";
import { hubStub } from "../objects/hub-object.ts";
import { TestSocket } from "./socket-client.ts";

interface Upgrading extends Partial<HubUpgrade> {
  ticket?: string;
}

/** Requests a socket from a hub as a gateway does, with a session or a ticket as proof. */
export const requestHubSocket = (
  { userId, sessionId }: { userId: string; sessionId: string },
  { ticket, ...resume }: Upgrading = {},
): Promise<Response> =>
  hubStub(userId).fetch(
    upgradeRequest({
      requestId: "req_test",
      proof: ticket === undefined ? { sessionId } : { ticket },
      ...resume,
    }),
  );

/** Opens a gateway's socket to a user's hub and waits for `hello`. */
export async function connectHub(
  of: { userId: string; sessionId: string },
  upgrading: Upgrading = {},
): Promise<TestSocket> {
  const response = await requestHubSocket(of, upgrading);
  if (!response.webSocket) throw new Error(`No socket but ${response.status}: ${await response.text()}`);
  const socket = new TestSocket(response.webSocket);
  await socket.next("hello");
  return socket;
}

interface Reader {
  userId: string;
  sessionId: string;
}

/** Requests a socket from a room as a gateway does. */
export const requestRoomSocket = (
  channelId: string,
  { userId, sessionId }: Reader,
  resume: { since?: number; epoch?: string } = {},
): Promise<Response> =>
  env.ROOMS.getByName(channelId).fetch(
    upgradeRequest({
      requestId: "req_test",
      actor: { userId, sessionId, role: "member" },
      via: "gateway",
      ...resume,
    }),
  );

/** Opens a gateway's socket to a room and waits for `subscribed`. */
export async function connectRoom(
  channelId: string,
  reader: Reader,
  resume?: { since?: number; epoch?: string },
): Promise<TestSocket> {
  const response = await requestRoomSocket(channelId, reader, resume);
  if (!response.webSocket) throw new Error(`No socket but ${response.status}: ${await response.text()}`);
  const socket = new TestSocket(response.webSocket);
  await socket.next("subscribed");
  return socket;
}
