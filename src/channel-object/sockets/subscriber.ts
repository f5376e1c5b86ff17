import type { Actor, UserStatus } from "../../domain/actor.ts";
import type { Connection, SocketOwner } from "../../durable/socket-registry.ts";
import type { WorkspaceRole } from "../../protocol/index.ts";

/** Who holds a socket of the room. */
export interface Subscriber extends SocketOwner {
  /** `gateway`: it is one of several that share a client's socket; whatever that may send is the gateway's to watch. */
  via: "client" | "gateway";
  role: WorkspaceRole;
  /** Of the facts that the role is from. */
  factsRev: number;
  /** As their hub last said. */
  status: UserStatus;
  /** When something last came from a client's socket, ms since 1970: up to 10 s less than it was. */
  heardAt: number;
  /** When the use of its session was last reported to the hub, ms since 1970. */
  usedAt?: number;
  /** Under which the hub counts it. */
  socketId?: string;
}

export type SubscriberConnection = Connection<Subscriber>;

/** Whether it is a client's own socket, with no gateway in between. */
export const isDirect = ({ owner }: SubscriberConnection): boolean => owner.via === "client";

/** The role is that of the moment at which it is asked for. */
export const actorOf = (connection: SubscriberConnection): Actor => {
  const { userId, sessionId } = connection.owner;
  return {
    userId,
    sessionId,
    get role() {
      return connection.owner.role;
    },
  };
};
