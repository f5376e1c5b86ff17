import { z } from "zod";
import type { RateClass } from "./endpoint.ts";

/** A route of another product's API. Its requests and responses are defined there, so it is in no contract of ours. */
export interface CompatibilityRoute {
  methods: readonly ("get" | "post")[];
  path: string;
  /** The class whose limit counts the request itself. Endpoints of ours that it calls are counted in addition, in their own classes. */
  rateClass: RateClass;
}

/** The routes by which programs for Slack use this server. docs/slack.md, docs/incoming-webhooks.md */
export const compatibilityRoutes = {
  slackApi: { methods: ["get", "post"], path: "/slack/api/:method", rateClass: "read" },
  slackUpload: { methods: ["post"], path: "/slack/upload/:ticket", rateClass: "upload" },
  slackResponse: { methods: ["post"], path: "/slack/response/:token", rateClass: "write" },
  incomingWebhook: { methods: ["post"], path: "/hooks/:webhookId/:secret", rateClass: "write" },
  /** With id and secret in one segment, joined by a point: programs for Mattermost expect one segment. */
  incomingWebhookToken: { methods: ["post"], path: "/hooks/:token", rateClass: "write" },
  slackSocket: { methods: ["get"], path: "/slack/socket", rateClass: "read" },
} as const satisfies Record<string, CompatibilityRoute>;

/** What a program for Slack verifies requests with: any text that its operator chose. */
export const SlackSigningSecret = z
  .string()
  .regex(/^[\x21-\x7e]{16,128}$/, "Must have 16 to 128 printable ASCII characters")
  .meta({
    description:
      "The signing secret of a program for Slack: requests to `url` are then those of Slack, signed with it. docs/slack.md",
  });
