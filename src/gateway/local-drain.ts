import { configOf } from "../config.ts";
import { AppError } from "../errors/app-error.ts";
import { drainState } from "../lib/drain-state.ts";
import { newId } from "../lib/ids.ts";
import { hubOf, roomOf } from "../rpc/stubs.ts";
import { inParallel } from "../lib/parallel.ts";
import { problemResponse } from "../errors/problem-response.ts";

type Fetch = (request: Request, env: Env, context: ExecutionContext) => Response | Promise<Response>;

const path = "/.local/drain";
const objectsAtOnce = 20;
/** How long a stopping server waits for its requests. */
const drainMs = 3_000;
/** How long close frames may take from the hubs to the gateways' clients. */
const closeMs = 100;
/** How long a reload rejects sockets. If the new bundle fails, the old code keeps running and must accept them again. */
const reloadMs = 2_000;

/**
 * Adds an endpoint by which `npm run dev` closes sockets with 1012 and finishes requests before it stops or reloads the server:
 * `POST /.local/drain?for=stop` or `?for=reload`, with the `DRAIN_TOKEN` that it started the server with. Without that variable `fetch`
 * is called directly.
 */
export const drainable =
  (fetch: Fetch): Fetch =>
  async (request, env, context) => {
    const { ENVIRONMENT, DRAIN_TOKEN: token } = configOf(env);
    if (ENVIRONMENT !== "local" || token === undefined) return fetch(request, env, context);
    const url = new URL(request.url);
    if (url.pathname === path && request.headers.get("Authorization") === `Bearer ${token}`)
      return drain(env, url.searchParams.get("for") === "reload" ? "reload" : "stop");
    if (isRejected(request)) return problemResponse(restarting(), newId("req"));
    drainState.requests++;
    try {
      return await fetch(request, env, context);
    } finally {
      drainState.requests--;
    }
  };

async function drain(env: Env, purpose: "stop" | "reload"): Promise<Response> {
  const nowMs = Date.now();
  if (purpose === "stop") drainState.requestsRejectedUntil = nowMs + 2 * drainMs;
  drainState.socketsRejectedUntil = nowMs + (purpose === "stop" ? 2 * drainMs : reloadMs);
  const objects = [
    ...[...drainState.rooms].map((name) => roomOf(env, name)),
    // Gateways close their clients' sockets with 1012 when their hub does.
    ...[...drainState.hubs].map((name) => hubOf(env, name)),
  ];
  await inParallel(objects, objectsAtOnce, async (object) => {
    await object.closeSockets().catch(() => {});
  });
  const endMs = nowMs + drainMs;
  while (purpose === "stop" && drainState.requests > 0 && Date.now() < endMs) await scheduler.wait(10);
  await scheduler.wait(closeMs);
  return Response.json({ requestsLeft: drainState.requests });
}

function isRejected(request: Request): boolean {
  const isSocket = request.headers.get("Upgrade") !== null;
  const until = isSocket ? drainState.socketsRejectedUntil : drainState.requestsRejectedUntil;
  return Date.now() < until;
}

const restarting = (): AppError =>
  new AppError({ code: "unavailable", detail: "The server restarts; try again", retryAfterMs: 1_000 });
