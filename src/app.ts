import { Hono } from "hono";
import { except } from "hono/combine";
import { secureHeaders } from "hono/secure-headers";
import { adminRoutes } from "./features/admin/index.ts";
import { auditRoutes } from "./features/audit/index.ts";
import { authRoutes } from "./features/auth/index.ts";
import { channelRoutes } from "./features/channels/index.ts";
import { commandRegistryRoutes, commandRunRoutes, slackResponseRoutes } from "./features/commands/index.ts";
import { contractRoutes } from "./features/contract/index.ts";
import { requireDataLocation } from "./features/deployment/index.ts";
import { draftRoutes } from "./features/drafts/index.ts";
import { ephemeralRoutes } from "./features/ephemeral/index.ts";
import { emojiRoutes } from "./features/emoji/index.ts";
import { erasureRoutes } from "./features/erasure/index.ts";
import { exportRoutes } from "./features/exports/index.ts";
import { fileRoutes } from "./features/files/index.ts";
import { groupRoutes } from "./features/groups/index.ts";
import { healthRoutes } from "./features/health/index.ts";
import { incomingWebhookRoutes, webhookRoutes } from "./features/incoming-webhooks/index.ts";
import { inviteRoutes } from "./features/invites/index.ts";
import { jobRoutes } from "./features/jobs/index.ts";
import { memberRoutes } from "./features/members/index.ts";
import { messageRoutes } from "./features/messages/index.ts";
import { notificationRoutes } from "./features/notifications/index.ts";
import { readRoutes } from "./features/reads/index.ts";
import { reminderRoutes } from "./features/reminders/index.ts";
import { retentionRoutes } from "./features/retention/index.ts";
import { savedMessageRoutes } from "./features/saved-messages/index.ts";
import { scheduledMessageRoutes } from "./features/scheduled-messages/index.ts";
import { searchRoutes } from "./features/search/index.ts";
import { secondFactorRoutes } from "./features/second-factor/index.ts";
import { singleSignOnRoutes } from "./features/single-sign-on/index.ts";
import { serverKeyRoutes, serverUserRoutes } from "./features/server-keys/index.ts";
import { type Dispatch, slackRoutes } from "./features/slack/index.ts";
import { threadRoutes } from "./features/threads/index.ts";
import { reactionRoutes } from "./features/reactions/index.ts";
import { permalinkRoutes } from "./features/permalinks/index.ts";
import { pinRoutes } from "./features/pins/index.ts";
import { presenceRoutes } from "./features/presence/index.ts";
import { previewRoutes } from "./features/previews/index.ts";
import { pushRoutes } from "./features/push/index.ts";
import { realtimeRoutes } from "./features/realtime/index.ts";
import { botRoutes, tokenRoutes } from "./features/tokens/index.ts";
import { userRoutes } from "./features/users/index.ts";
import { eventSubscriptionRoutes } from "./features/event-subscriptions/index.ts";
import { isPageRequest, webClientPage } from "./features/web-client/index.ts";
import { workspaceRoutes } from "./features/workspace/index.ts";
import { gatewayRoutes, roomSocketRoutes } from "./gateway/index.ts";
import type { AppEnv } from "./http/context.ts";
import { slackSocketRoutes } from "./slack-socket/index.ts";
import { allowOrigins } from "./http/cors.ts";
import { limitHeaders } from "./http/limit-headers.ts";
import { limitRequests } from "./http/rate-limits.ts";
import { logRequests } from "./http/request-log.ts";
import { onError, onNotFound } from "./http/on-error.ts";
import { setRequestContext } from "./http/request-context.ts";
import { isWebSocketUpgrade } from "./http/upgrade.ts";

/** The HTTP application: middlewares and routes, in the order in which a request passes them. */
export const app = new Hono<AppEnv>();

app.onError(onError);
app.notFound(async (c) => (isPageRequest(c.req.raw) && (await webClientPage(c))) || onNotFound(c));

app.use(setRequestContext, logRequests, limitHeaders);

/** The API serves no pages, so its responses may load and frame nothing. Files and error pages set their own policy, which is kept. */
const headers = secureHeaders({
  strictTransportSecurity: "max-age=63072000; includeSubDomains",
  contentSecurityPolicy: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  overwrite: false,
});

// Both set headers of the response, and those of a 101 response are immutable.
app.use(except(isWebSocketUpgrade, headers, allowOrigins));

// Before `requireDataLocation`, because health reports a wrong data location itself.
app.route("/", healthRoutes);
app.use(requireDataLocation);

app.use(limitRequests);

app.route("/", gatewayRoutes);
app.route("/", roomSocketRoutes);
app.route("/", contractRoutes);
app.route("/", authRoutes);
app.route("/", secondFactorRoutes);
app.route("/", singleSignOnRoutes);
app.route("/", workspaceRoutes);
app.route("/", inviteRoutes);
app.route("/", readRoutes);
app.route("/", threadRoutes);
app.route("/", userRoutes);
app.route("/", presenceRoutes);
app.route("/", realtimeRoutes);
app.route("/", channelRoutes);
app.route("/", memberRoutes);
app.route("/", messageRoutes);
app.route("/", ephemeralRoutes);
app.route("/", reactionRoutes);
app.route("/", pinRoutes);
app.route("/", permalinkRoutes);
app.route("/", notificationRoutes);
app.route("/", pushRoutes);
app.route("/", scheduledMessageRoutes);
app.route("/", reminderRoutes);
app.route("/", draftRoutes);
app.route("/", savedMessageRoutes);
app.route("/", fileRoutes);
app.route("/", commandRegistryRoutes);
app.route("/", commandRunRoutes);
app.route("/", searchRoutes);
app.route("/", adminRoutes);
app.route("/", tokenRoutes);
app.route("/", botRoutes);
app.route("/", eventSubscriptionRoutes);
app.route("/", webhookRoutes);
app.route("/", incomingWebhookRoutes);
app.route("/", serverKeyRoutes);
app.route("/", serverUserRoutes);
app.route("/", emojiRoutes);
app.route("/", groupRoutes);
app.route("/", previewRoutes);
app.route("/", auditRoutes);
app.route("/", jobRoutes);
app.route("/", exportRoutes);
app.route("/", erasureRoutes);
app.route("/", retentionRoutes);
// Programs for Slack: they call the other routes.
const dispatch: Dispatch = (request, env, executionCtx) => app.fetch(request, env, executionCtx);
app.route("/", slackRoutes(dispatch));
app.route("/", slackResponseRoutes);
app.route("/", slackSocketRoutes(dispatch));
