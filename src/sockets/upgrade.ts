import { z } from "zod";
import {
  closeCodes,
  compactSubprotocol,
  CustomStatus,
  Epoch,
  Presence,
  Seq,
  SessionId,
  subprotocol,
  UserId,
  WorkspaceRole,
} from "../protocol/index.ts";
import { TokenGrant } from "../domain/token-grant.ts";
import type { Actor, AttachedSockets, SocketAdmission } from "../domain/actor.ts";
import { reject } from "../errors/app-error.ts";
import { asciiJson } from "../lib/ascii-json.ts";
import { closeSocket } from "./close-socket.ts";

const header = "X-Parley-Upgrade";
const actorHeader = "X-Parley-Actor";
/** In a room's response: the room limits the socket to the grant of its token. */
const grantHeader = "X-Parley-Grant";

const resume = { requestId: z.string(), since: Seq.optional(), epoch: Epoch.optional() };
const UpgradeActor = z.object({
  userId: UserId,
  sessionId: SessionId,
  role: WorkspaceRole,
  grant: TokenGrant.optional(),
  isBot: z.literal(true).optional(),
});

const Attachment = z.object({
  /** The id under which the hub counts the socket. */
  socketId: z.string(),
  atMs: z.int(),
  facts: z.object({
    userId: UserId,
    username: z.string(),
    role: WorkspaceRole,
    active: z.boolean(),
    rev: z.int(),
  }),
  status: z.object({
    userId: UserId,
    presence: Presence,
    custom: CustomStatus.nullable(),
    rev: z.int(),
  }),
}) satisfies z.ZodType<SocketAdmission>;
/** The hub's registration of one socket, which the Worker passes on so that the room needs no call to the hub. */
export type Attachment = z.output<typeof Attachment>;

/** Returns what the Worker passes to the room with a socket; undefined if the hub did not register it. */
export const attachmentOf = (
  socketId: string,
  attached: AttachedSockets | undefined,
): Attachment | undefined => {
  if (!attached?.socketIds.includes(socketId)) return undefined;
  const { atMs, facts, status } = attached;
  return { socketId, atMs, facts, status };
};

const RoomUpgrade = z.object({
  ...resume,
  actor: UpgradeActor,
  /** `gateway`: a gateway forwards a client's frames, after validating and rate limiting them, and watches the idle timeout. */
  via: z.enum(["client", "gateway"]),
  /** The id under which the Worker supervises this socket; absent for an unsupervised one. */
  supervisionId: z.string().optional(),
  /** If it is absent, because the hub did not register the socket, or not readable, because releases differ, the room calls the hub. */
  attachment: Attachment.optional().catch(undefined),
  /** Whether the client accepts events in the compact form. A room of an earlier release ignores it and sends the plain form. */
  compact: z.boolean().optional(),
});
/** What the Worker sends a room with a subscriber's socket. */
export type RoomUpgrade = z.output<typeof RoomUpgrade>;

const Supervision = z.object({
  requestId: z.string(),
  /** The supervisor's id, with which the `supervisionId` of each of its clients' sockets begins. */
  supervises: z.string(),
});
/** What the Worker sends a room with a supervisor's socket. */
export type Supervision = z.output<typeof Supervision>;

const HubUpgrade = z.object({
  ...resume,
  /** What the client authenticated with: the session of a verified token, or a ticket. */
  proof: z.union([
    z.object({
      sessionId: SessionId,
      generation: z.int().optional(),
      tokenHash: z.string().optional(),
    }),
    z.object({ ticket: z.string() }),
  ]),
});
/** What the Worker sends a hub with a gateway's socket. */
export type HubUpgrade = z.output<typeof HubUpgrade>;

/**
 * Makes the request by which the Worker opens a socket to an object. It contains nothing of the client's own request, so that no client
 * can forge an identity, or the `via` by which a room trusts frames.
 */
export function upgradeRequest(upgrade: RoomUpgrade | Supervision | HubUpgrade): Request {
  return new Request("https://object/realtime", {
    headers: {
      Upgrade: "websocket",
      "Sec-WebSocket-Protocol":
        "compact" in upgrade && upgrade.compact ? `${compactSubprotocol}, ${subprotocol}` : subprotocol,
      [header]: asciiJson(upgrade),
    },
  });
}

const readHeader = (request: Request): unknown => JSON.parse(request.headers.get(header) ?? "null");

/** Reads the upgrade request to a room. @throws ZodError for one that no Worker sent */
export const parseRoomUpgrade = (request: Request): RoomUpgrade | Supervision =>
  z.union([RoomUpgrade, Supervision]).parse(readHeader(request));
/** Reads the upgrade request to a hub. @throws ZodError for one that no Worker sent */
export const parseHubUpgrade = (request: Request): HubUpgrade => HubUpgrade.parse(readHeader(request));

/**
 * Makes the 101 response of an object, or of the Worker to its client.
 *
 * @param actor the actor that a hub authenticated; the Worker does not forward it to the client
 * @param compact whether the client offered the compact form
 * @param isLimited whether a room limits the socket to the grant of its token
 */
export const upgradeResponse = (
  webSocket: WebSocket,
  requestId: string,
  {
    actor,
    compact = false,
    isLimited = false,
  }: { actor?: Actor; compact?: boolean | undefined; isLimited?: boolean } = {},
): Response =>
  new Response(null, {
    status: 101,
    webSocket,
    headers: {
      "Sec-WebSocket-Protocol": compact ? compactSubprotocol : subprotocol,
      "X-Request-Id": requestId,
      ...(actor && { [actorHeader]: JSON.stringify(actor) }),
      ...(isLimited && { [grantHeader]: "limited" }),
    },
  });

/** Returns the actor that the hub authenticated for this upgrade. */
export const upgradedActor = (response: Response): Actor =>
  UpgradeActor.parse(JSON.parse(response.headers.get(actorHeader) ?? "null"));

/**
 * Checks that the room limits a token's socket to its grant. A room of an earlier release, which does not know tokens, would accept every
 * command; its socket is closed.
 *
 * @throws `unavailable`: the room will run this release soon
 */
export function requireLimited({ webSocket, headers }: Response, { grant }: Actor): void {
  if (!webSocket || !grant || headers.has(grantHeader)) return;
  webSocket.accept();
  closeSocket(webSocket, closeCodes.done.code);
  reject("unavailable", "The server is being updated; try again", { retryAfterMs: 5_000 });
}
