import { type Context, Hono } from "hono";
import { AppError } from "../../errors/app-error.ts";
import { logDefect } from "../../errors/log-defect.ts";
import { toAppError } from "../../errors/to-app-error.ts";
import { identifyCaller } from "../../http/authenticate.ts";
import type { AppEnv } from "../../http/context.ts";
import { limitAddress } from "../../http/rate-limits.ts";
import { noStore } from "../../http/reply.ts";
import { logLine } from "../../lib/log-line.ts";
import { compatibilityRoutes, type Problem } from "../../protocol/index.ts";
import { slackTeamId } from "./ids.ts";
import type { MethodContext, SlackMethod } from "./api/method.ts";
import { slackMethods } from "./methods/index.ts";
import { type Dispatch, ParleyApi } from "./api/parley-api.ts";
import { type Arguments, readArguments, tokenOf } from "./api/request.ts";
import { EndpointProblem, slackCodeOf, SlackError } from "./api/slack-error.ts";
import { receiveUpload } from "./receive-upload.ts";

const { slackApi, slackUpload } = compatibilityRoutes;

/**
 * Makes the routes of the API that is compatible with Slack's Web API. Responses have the status 200 and say in `ok` whether the call
 * succeeded, except 429 and 5xx, which Slack's SDKs retry.
 *
 * @param dispatch the application's `fetch`, by which methods call our own endpoints
 */
export const slackRoutes = (dispatch: Dispatch): Hono<AppEnv> => {
  const handle = (c: Context<AppEnv>) => callMethod(c, dispatch);
  return new Hono<AppEnv>()
    .get(slackApi.path, noStore, handle)
    .post(slackApi.path, noStore, handle)
    .post(slackUpload.path, noStore, async (c) => {
      try {
        return await receiveUpload(c, dispatch);
      } catch (error) {
        return rejectCall(c, error, undefined);
      }
    });
};

async function callMethod(c: Context<AppEnv>, dispatch: Dispatch): Promise<Response> {
  let method: SlackMethod | undefined;
  try {
    const given = await readArguments(c.req.raw, c.var.config.BODY_IDLE_TIMEOUT_MS);
    const bearer = tokenOf(c.req.raw, given);
    const name = c.req.param("method") ?? "";
    method = slackMethods.get(name);
    const { userId, grant } = await callerOf(c, method, bearer);
    if (grant) c.header("X-OAuth-Scopes", grant.scopes.join(","));
    method ??= rejectUnknown(c, name);
    const { config } = c.var;
    const token = bearer ?? "";
    const context: MethodContext = {
      api: new ParleyApi(c, { dispatch, grant, token }),
      ...{ config, userId, token },
      teamId: slackTeamId(config),
    };
    const nonEmpty = withoutEmpty(given);
    const parsed = method.arguments.safeParse(nonEmpty);
    if (!parsed.success)
      throw new SlackError(codeOfMissing(parsed.error.issues[0]?.path[0], nonEmpty), {
        messages: parsed.error.issues
          .slice(0, 10)
          .map(({ path, message }) => `${path.join(".")}: ${message}`),
      });
    return c.json({ ok: true, ...(await method.run(parsed.data, context)) });
  } catch (error) {
    return rejectCall(c, error, method);
  }
}

/** Identifies the caller; no user for a public method without a token. */
async function callerOf(c: Context<AppEnv>, method: SlackMethod | undefined, token: string | undefined) {
  if (token !== undefined) return identifyCaller(c, token);
  if (method?.isPublic) {
    limitAddress(c);
    return { userId: "", grant: undefined };
  }
  return identifyCaller(c, undefined).catch((error: unknown) => {
    throw isUnauthenticated(error) ? new SlackError("not_authed") : error;
  });
}

/** Arguments whose empty text means something: it removes what is there. */
const mayBeEmpty: ReadonlySet<string> = new Set(["topic", "purpose"]);

/** SDKs send optional arguments that are not set as empty text. */
const withoutEmpty = (given: Arguments): Arguments =>
  Object.fromEntries(Object.entries(given).filter(([name, value]) => value !== "" || mayBeEmpty.has(name)));

const isUnauthenticated = (error: unknown): boolean =>
  error instanceof AppError && error.code === "unauthenticated";

/** Names of Slack's methods have this form. Others are not logged. */
const methodName = /^[a-z][A-Za-z]{0,30}(?:\.[a-z][A-Za-z]{0,40}){1,4}$/;

/** Logs the name of a method that is not supported, so that an operator sees what the programs need. */
function rejectUnknown(c: Context<AppEnv>, name: string): never {
  const method = methodName.test(name) ? name : "other";
  logLine({ level: "info", message: "slack.unknown_method", method, requestId: c.var.requestId });
  throw new SlackError("unknown_method", {
    messages: [`docs/slack.md lists the methods that are supported`],
  });
}

/** The error of Slack's API for a missing or malformed argument of these names. */
const argumentCodes: Readonly<Record<string, string>> = {
  channel: "channel_not_found",
  user: "user_not_found",
  users: "no_user",
  file: "file_not_found",
  text: "no_text",
  timestamp: "bad_timestamp",
  ts: "message_not_found",
  name: "invalid_name",
  cursor: "invalid_cursor",
  post_at: "invalid_time",
};

const codeOfMissing = (name: PropertyKey | undefined, given: Record<string, unknown>): string =>
  (typeof name === "string" && Object.hasOwn(argumentCodes, name) && !Object.hasOwn(given, name)
    ? argumentCodes[name]
    : undefined) ?? "invalid_arguments";

function rejectCall(c: Context<AppEnv>, error: unknown, method: SlackMethod | undefined): Response {
  if (error instanceof SlackError) return reply(c, error.code, error.details);
  const problem = error instanceof EndpointProblem ? error.problem : problemOf(c, error);
  const { code, detail, retryAfterMs } = problem;
  const slackCode = method?.codeOf?.(problem) ?? slackCodeOf(problem);
  const messages = [
    detail,
    ...(problem.issues ?? []).slice(0, 10).map(({ path, message }) => `${path}: ${message}`),
  ];
  if (code === "rate_limited" || code === "unavailable" || code === "internal") {
    if (code !== "internal")
      c.header("Retry-After", String(Math.max(1, Math.ceil((retryAfterMs ?? 1_000) / 1_000))));
    return c.json({ ok: false, error: slackCode }, problem.status as 429 | 500 | 503);
  }
  return reply(c, slackCode, { messages });
}

function problemOf(c: Context<AppEnv>, error: unknown): Problem {
  const { requestId } = c.var;
  logDefect(error, { requestId });
  return toAppError(error).toProblem(requestId);
}

const reply = (
  c: Context<AppEnv>,
  error: string,
  { messages, needed, provided }: SlackError["details"],
): Response =>
  c.json({
    ok: false,
    error,
    ...(needed !== undefined && { needed, provided }),
    ...(messages && { response_metadata: { messages } }),
  });
