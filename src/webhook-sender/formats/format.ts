import type { Config } from "../../config.ts";
import type { SubscriptionDefinition, SubscriptionEvent } from "../../domain/event-subscriptions.ts";

/** What a request is made from. */
export interface FormatInput {
  env: Env;
  config: Config;
  subscription: SubscriptionDefinition;
  event: SubscriptionEvent;
  /** The same in every attempt, after a crash as well. */
  deliveryId: string;
  /** The secrets to sign with: the current one and, for a while after a rotation, the former one. */
  secrets: readonly string[];
  /** How many attempts were made before. */
  attempt: number;
  nowMs: number;
}

export interface FormattedRequest {
  headers: Record<string, string>;
  body: string;
}

/** What follows a failed attempt: another one after a wait, the next event of the channel, or no further event at all. */
export type AfterFailure = { retryInMs: number } | "skip_event" | "disable";

/** A failed attempt. */
export interface Failure {
  /** How many attempts have failed, this one included; at least 1. */
  attempts: number;
  /** How long ago the first of them was. */
  failingForMs: number;
  /** Null if there was no response. */
  status: number | null;
  /** From the `Retry-After` of the response, if it has one. */
  retryAfterMs: number | undefined;
  /** `WEBHOOK_RETRY_MS` */
  retryMs: number;
}

/**
 * How a subscription's requests look and how failures are handled. The sender does everything else: it reads events, keeps their order, checks the
 * owner, and stores positions. Each member of `SubscriptionFormatName` has one (`formats/index.ts`).
 */
export interface SubscriptionFormat {
  /** How long the receiver may take. */
  readonly timeoutMs: number;
  /** Makes a new secret. */
  newSecret(): string;
  /**
   * Makes the requests for an event; each is sent after the one before it has succeeded. An event without a counterpart in this format has none
   * and is skipped.
   */
  requests(input: FormatInput): readonly FormattedRequest[] | Promise<readonly FormattedRequest[]>;
  afterFailure(failure: Failure): AfterFailure;
}
