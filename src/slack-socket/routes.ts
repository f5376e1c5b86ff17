import { type Context, Hono } from "hono";
import type { Config } from "../config.ts";
import type { Actor } from "../domain/actor.ts";
import { userOfTicket } from "../domain/ticket-text.ts";
import { reject } from "../errors/app-error.ts";
import { logDefect } from "../errors/log-defect.ts";
import { respondByToken } from "../features/commands/index.ts";
import {
  commandAnswerOf,
  type Dispatch,
  eventCallback,
  openSocketTicket,
  ParleyApi,
  slackAppId,
  slackTeamId,
  slashCommandPayload,
} from "../features/slack/index.ts";
import { Gateway } from "../gateway/index.ts";
import { identifyCaller } from "../http/authenticate.ts";
import type { AppEnv } from "../http/context.ts";
import { invocationAborter, isWebSocketUpgrade } from "../http/upgrade.ts";
import { logLine } from "../lib/log-line.ts";
import { type CommandInvocation, compatibilityRoutes } from "../protocol/index.ts";
import { callObject, hubOf } from "../rpc/stubs.ts";
import { upgradedActor, upgradeRequest } from "../sockets/upgrade.ts";
import { AcknowledgedSocket } from "./acknowledged-socket.ts";
import { EventSource } from "./event-source.ts";
import { LookupBudget } from "./lookup-budget.ts";

/**
 * Makes the route of Slack's Socket Mode. A connection is a client of the gateway within this isolate, whose events are translated. No
 * object holds it.
 *
 * @param dispatch the application's `fetch`, by which lookups call our own endpoints
 */
export const slackSocketRoutes = (dispatch: Dispatch): Hono<AppEnv> =>
  new Hono<AppEnv>().get(compatibilityRoutes.slackSocket.path, async (c) => {
    const { config, requestId } = c.var;
    if (!isWebSocketUpgrade(c)) reject("upgrade_required", "Connect with a WebSocket");
    const sealed = await openSocketTicket(config, c.req.query("ticket") ?? "");
    const { userId, grant } = await identifyCaller(c, sealed?.token);
    if (!sealed || userOfTicket(config.REFRESH_TOKEN_KEY, sealed.ticket) !== userId)
      return reject("unauthenticated", "The ticket is invalid; call `apps.connections.open` again");
    const request = upgradeRequest({ requestId, proof: { ticket: sealed.ticket } });
    // Not repeated: the first call uses up the ticket.
    const answer = await callObject(() => hubOf(c.env, userId).fetch(request), { tries: 1 });
    if (!answer.webSocket) return answer;
    const actor = { ...upgradedActor(answer), ...(grant && { grant }) };
    c.set("actor", actor);
    const { 0: client, 1: server } = new WebSocketPair();
    const lookups = new LookupBudget(config);
    const api = new ParleyApi(c, {
      dispatch: (...call) => {
        lookups.spend();
        return dispatch(...call);
      },
      grant,
      token: sealed.token,
    });
    connect(c, { api, lookups, actor, server, hub: answer.webSocket });
    return new Response(null, { status: 101, webSocket: client, headers: { "X-Request-Id": requestId } });
  });

/** The limits of a gateway whose client is in the same isolate, and subscribes to all channels at once. */
const gatewayConfig = (config: Config): Config => ({
  ...config,
  // The other half is for lookups.
  GATEWAY_SUBREQUESTS: Math.ceil(config.GATEWAY_SUBREQUESTS / 2),
  GATEWAY_CHANNELS: config.SLACK_SOCKET_CHANNELS,
  SOCKET_COMMANDS_BURST: Math.max(config.SOCKET_COMMANDS_BURST, 2 * config.SLACK_SOCKET_CHANNELS),
});

interface Connection {
  api: ParleyApi;
  lookups: LookupBudget;
  actor: Actor;
  /** The server's end of the client's socket. */
  server: WebSocket;
  hub: WebSocket;
}

/** Joins a client's socket to a gateway. Each end closes the other. */
function connect(c: Context<AppEnv>, { api, lookups, actor, server, hub }: Connection): void {
  const { env } = c;
  const { config, requestId } = c.var;
  const { 0: inner, 1: gatewayEnd } = new WebSocketPair();
  const { userId } = actor;
  const bot = { teamId: slackTeamId(config), botUserId: userId };
  const waitUntil = (work: Promise<unknown>) => c.executionCtx.waitUntil(work);
  const log = (message: string, fields: object = {}) =>
    logLine({ level: "warn", message, requestId, userId, ...fields });
  const socket = new AcknowledgedSocket(
    server,
    {
      handleClosed: () => source.close(),
      handleUnacknowledged: (type) => log("slack.unacknowledged", { type }),
    },
    {
      acknowledgeMs: config.SLACK_ACKNOWLEDGE_MS,
      idleTimeoutMs: config.SOCKET_IDLE_TIMEOUT_MS,
      abort: invocationAborter(c),
    },
  );
  const source: EventSource = new EventSource(inner, {
    ...{ api, ...bot },
    maxChannels: config.SLACK_SOCKET_CHANNELS,
    heartbeatMs: config.HEARTBEAT_MS,
    onEvent: (event, origin) =>
      socket.send({ type: "events_api", payload: eventCallback(event, origin, bot) }),
    onCommand: (invocation) => {
      lookups.spend();
      waitUntil(
        sendCommand(c, socket, invocation, userId).catch((error: unknown) => logDefect(error, { requestId })),
      );
    },
    onReady: () =>
      socket.sendPlain({
        type: "hello",
        num_connections: 1,
        connection_info: { app_id: slackAppId(userId) },
        debug_info: { host: "parley", approximate_connection_time: 3_600 },
      }),
    onTooManyChannels: () => log("slack.too_many_channels"),
    onOverload: () => socket.disconnect("refresh_requested"),
    onClosed: (isSessionEnded) => socket.disconnect(isSessionEnded ? "link_disabled" : "refresh_requested"),
    handleError: (error) => logDefect(error, { requestId }),
  });
  lookups.onSpent = () => socket.disconnect("refresh_requested");
  new Gateway({
    ...{ env, requestId, actor, hub, waitUntil },
    config: gatewayConfig(config),
    origin: api.origin,
    client: gatewayEnd,
    compact: false,
    // The other end is in this isolate and echoes the close frame.
    abort: () => {},
  });
}

/** Sends an invocation of a slash command. The bot's acknowledgement may contain the answer. It is sent once, as Slack does. */
async function sendCommand(
  { env, var: { config, requestId }, executionCtx }: Context<AppEnv>,
  socket: AcknowledgedSocket,
  invocation: CommandInvocation,
  botId: string,
): Promise<void> {
  const token = invocation.responseUrl.split("/").at(-1) ?? "";
  const acknowledge = async (response: Record<string, unknown>): Promise<void> => {
    const answer = await commandAnswerOf(env, response);
    await respondByToken(env, config, token, answer ?? { visibility: "ephemeral" });
  };
  socket.send({
    type: "slash_commands",
    payload: await slashCommandPayload(env, config, invocation, botId),
    acceptsResponse: true,
    retries: 0,
    onAcknowledged: (response) =>
      executionCtx.waitUntil(
        acknowledge(response).catch((error: unknown) => logDefect(error, { requestId })),
      ),
  });
}
