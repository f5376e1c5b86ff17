import { Hono } from "hono";
import type { AppError } from "../../../errors/app-error.ts";
import { logDefect } from "../../../errors/log-defect.ts";
import { toAppError } from "../../../errors/to-app-error.ts";
import type { AppEnv } from "../../../http/context.ts";
import { limitAddress } from "../../../http/rate-limits.ts";
import { noStore } from "../../../http/reply.ts";
import { compatibilityRoutes } from "../../../protocol/index.ts";
import { commandAnswerOf, readArguments, SlackError } from "../../slack/index.ts";
import { respondByToken } from "./respond.ts";

/** Returns the error code of Slack's response URLs, which respond in plain text. */
const textOf = (error: AppError): string =>
  ({ not_found: "expired_url", conflict: "used_url", rate_limited: "rate_limited" })[error.code as string] ??
  "invalid_payload";

/** The route of response URLs that accept answers in Slack's form. The token in the URL is the secret of one invocation. */
export const slackResponseRoutes = new Hono<AppEnv>().post(
  compatibilityRoutes.slackResponse.path,
  noStore,
  async (c) => {
    try {
      limitAddress(c);
      const given = await readArguments(c.req.raw, c.var.config.BODY_IDLE_TIMEOUT_MS);
      const { payload } = given;
      const answer = await commandAnswerOf(c.env, typeof payload === "string" ? JSON.parse(payload) : given);
      if (!answer) return c.text("invalid_payload", 400);
      await respondByToken(c.env, c.var.config, c.req.param("token"), answer);
      return c.text("ok");
    } catch (error) {
      if (error instanceof SlackError || error instanceof SyntaxError) return c.text("invalid_payload", 400);
      const known = toAppError(error);
      logDefect(error, { requestId: c.var.requestId });
      if (known.retryAfterMs !== undefined)
        c.header("Retry-After", String(Math.ceil(known.retryAfterMs / 1_000)));
      return c.text(textOf(known), known.status as 400);
    }
  },
);
