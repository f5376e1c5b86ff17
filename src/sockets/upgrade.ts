import { z } from "zod";
import { Epoch, Seq, SessionId, subprotocol, UserId, WorkspaceRole } from "../protocol/index.ts";
import type { Actor } from "../domain/actor.ts";

const header = "X-Parley-Upgrade";
const actorHeader = "X-Parley-Actor";

const resume = { requestId: z.string(), since: Seq.optional(), epoch: Epoch.optional() };
const UpgradeActor = z.object({ userId: UserId, sessionId: SessionId, role: WorkspaceRole });

const RoomUpgrade = z.object({
  ...resume,
  actor: UpgradeActor,
  /** `gateway`: the socket is one of several that share a client's; limits and silence are the gateway's to watch. */
  via: z.enum(["client", "gateway"]),
  /** Under which the Worker supervises this socket; absent where it does not. */
  supervisionId: z.string().optional(),
});
/** What a room is told of a socket that it is to take. */
export type RoomUpgrade = z.output<typeof RoomUpgrade>;

const Supervision = z.object({
  requestId: z.string(),
  /** The `supervisionId` of the client's socket. */
  supervises: z.string(),
});
/** What a room receives with the socket of a supervisor. */
export type Supervision = z.output<typeof Supervision>;

const HubUpgrade = z.object({
  ...resume,
  /** What the client showed: a verified token's session, or a ticket. */
  proof: z.union([
    z.object({ sessionId: SessionId, generation: z.int().optional() }),
    z.object({ ticket: z.string() }),
  ]),
});
/** What a hub is told of a gateway's socket. */
export type HubUpgrade = z.output<typeof HubUpgrade>;

/**
 * The request by which the Worker hands a socket to an object: made anew, so that no header or parameter of the client's
 * passes as identity.
 */
export function upgradeRequest(upgrade: RoomUpgrade | Supervision | HubUpgrade): Request {
  return new Request("https://object/realtime", {
    headers: {
      Upgrade: "websocket",
      "Sec-WebSocket-Protocol": subprotocol,
      [header]: JSON.stringify(upgrade),
    },
  });
}

const told = (request: Request): unknown => JSON.parse(request.headers.get(header) ?? "null");

export const parseRoomUpgrade = (request: Request): RoomUpgrade | Supervision =>
  z.union([RoomUpgrade, Supervision]).parse(told(request));
export const parseHubUpgrade = (request: Request): HubUpgrade => HubUpgrade.parse(told(request));

/** By which an object takes a socket. A hub says in it whose session its proof stood for; the Worker passes no such word on. */
export const upgradeResponse = (webSocket: WebSocket, requestId: string, actor?: Actor): Response =>
  new Response(null, {
    status: 101,
    webSocket,
    headers: {
      "Sec-WebSocket-Protocol": subprotocol,
      "X-Request-Id": requestId,
      ...(actor && { [actorHeader]: JSON.stringify(actor) }),
    },
  });

/** Whose socket a hub took. */
export const upgradedActor = (response: Response): Actor =>
  UpgradeActor.parse(JSON.parse(response.headers.get(actorHeader) ?? "null"));
