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
  incomingWebhook: { methods: ["post"], path: "/hooks/:webhookId/:secret", rateClass: "write" },
  /** With id and secret in one segment, joined by a point: programs for Mattermost expect one segment. */
  incomingWebhookToken: { methods: ["post"], path: "/hooks/:token", rateClass: "write" },
} as const satisfies Record<string, CompatibilityRoute>;
