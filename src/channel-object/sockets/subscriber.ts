import type { Actor, UserStatus } from "../../domain/actor.ts";
import type { Connection, SocketOwner } from "../../durable/socket-registry.ts";
import { roleUnder, type TokenGrant } from "../../domain/token-grant.ts";
import type { TokenScope, WorkspaceRole } from "../../protocol/index.ts";

/** The owner of a room's socket: a client, or a gateway on behalf of one. */
export interface Subscriber extends SocketOwner {
  /** `gateway`: a gateway sends this client's frames, already validated and rate limited. */
  via: "client" | "gateway";
  role: WorkspaceRole;
  /** The revision of the account facts that `role` is from. */
  factsRev: number;
  /** The last status that the user's hub sent. */
  status: UserStatus;
  /** When the last frame of a direct socket arrived, in ms since 1970. Stored at most every 10 s. */
  lastFrameAt: number;
  /** When the use of the session was last reported to the hub, in ms since 1970. */
  usedAt?: number;
  /** The id under which the hub counts this socket. */
  socketId?: string;
  /** What the token permits with which the socket was opened; absent for a session of a person. */
  scopes?: readonly TokenScope[];
  isBot?: true;
}

export type SubscriberConnection = Connection<Subscriber>;

/** Returns whether a client is connected directly, without a gateway in between. */
export const isDirect = ({ owner }: SubscriberConnection): boolean => owner.via === "client";

/** Returns what the token of a socket permits. */
export const grantOf = ({ owner: { scopes } }: SubscriberConnection): TokenGrant | undefined =>
  scopes && { scopes: [...scopes], channelIds: null };

/** Returns the actor of a socket. `role` is read when it is used, because it may change while a command waits. */
export const actorOf = (connection: SubscriberConnection): Actor => {
  const { userId, sessionId, isBot } = connection.owner;
  return {
    userId,
    sessionId,
    ...(isBot && { isBot }),
    get role() {
      return roleUnder(connection.owner.scopes, connection.owner.role);
    },
  };
};
