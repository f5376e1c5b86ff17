import { z } from "zod";
import type { Actor } from "./actor.ts";
import { SeqParam, Epoch, SessionId, subprotocol, UserId, WorkspaceRole } from "../protocol/index.ts";

const identityHeader = "X-Parley-Actor";

const Upgrade = z.object({
  actor: z.object({ userId: UserId, sessionId: SessionId, role: WorkspaceRole }),
  requestId: z.string(),
  since: SeqParam.optional(),
  epoch: Epoch.optional(),
});
export type Upgrade = z.output<typeof Upgrade>;

/**
 * The request by which the Worker hands a client's socket to an object: made anew, so that no header or parameter of the
 * client's passes as identity.
 */
export function upgradeRequest({
  actor,
  requestId,
  since,
  epoch,
}: {
  actor: Actor;
  requestId: string;
  since?: number | undefined;
  epoch?: string | undefined;
}): Request {
  return new Request("https://room/realtime", {
    headers: {
      Upgrade: "websocket",
      "Sec-WebSocket-Protocol": subprotocol,
      [identityHeader]: JSON.stringify({ actor, requestId, since: since?.toString(), epoch }),
    },
  });
}

export const parseUpgrade = (request: Request): Upgrade =>
  Upgrade.parse(JSON.parse(request.headers.get(identityHeader) ?? "null"));
