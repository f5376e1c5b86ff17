import { Hono } from "hono";
import { callObject, hubOf } from "../rpc/stubs.ts";
import { upgradedActor, upgradeRequest, upgradeResponse } from "../sockets/upgrade.ts";
import { verifySocketProof } from "../http/authenticate.ts";
import type { AppEnv } from "../http/context.ts";
import { limitUser } from "../http/rate-limits.ts";
import { acceptsCompact, invocationAborter, requireUpgrade } from "../http/upgrade.ts";
import { validate } from "../http/validate.ts";
import { sockets } from "../protocol/index.ts";
import { Gateway } from "./gateway.ts";

const { realtime } = sockets;

/** The route of a client's multiplexed socket. The hub authenticates the session or the ticket; rejections are sent before the upgrade. */
export const gatewayRoutes = new Hono<AppEnv>().get(
  realtime.path,
  requireUpgrade,
  validate("query", realtime.query),
  async (c) => {
    const { env } = c;
    const { config, requestId } = c.var;
    const { since, epoch } = c.req.valid("query");
    const { userId, proof, grant } = await verifySocketProof(config, c.req.raw);
    limitUser(c, userId);
    const request = upgradeRequest({ requestId, since, epoch, proof });
    // The hub redeems a ticket with the first call, even if the reply is lost: a retry would always be rejected.
    const tries = "ticket" in proof ? 1 : 3;
    const answer = await callObject(() => hubOf(env, userId).fetch(request), { tries });
    if (!answer.webSocket) return answer;
    const actor = { ...upgradedActor(answer), ...(grant && { grant }) };
    c.set("actor", actor);
    const { 0: webSocket, 1: client } = new WebSocketPair();
    const waitUntil = (work: Promise<unknown>) => c.executionCtx.waitUntil(work);
    const hub = answer.webSocket;
    const compact = acceptsCompact(c.req.raw);
    const abort = invocationAborter(c);
    const { origin } = new URL(c.req.url);
    new Gateway({ env, config, requestId, origin, actor, client, hub, compact, waitUntil, abort });
    return upgradeResponse(webSocket, requestId, { compact });
  },
);
