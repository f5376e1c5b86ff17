import { encryptNotification } from "@block65/webcrypto-web-push";
import type { Config } from "../../config.ts";
import { checkPushEndpoint, vapidAuthorization } from "../../features/push/index.ts";
import { logLine } from "../../lib/log-line.ts";
import { fetchOutbound, OutboundError, retryAfterOf } from "../../outbound/index.ts";
import type { PushMessage } from "./push-message.ts";
import type { PushSubscriptionRow } from "./push-subscriptions.ts";

/** How the push service answered. */
export type PushOutcome =
  | { kind: "accepted" }
  /** The subscription has ended (RFC 8030 section 7.3), or its address is no longer permitted. */
  | { kind: "gone" }
  /** The push will never be accepted. */
  | { kind: "rejected" }
  /** The push is to be sent again. `isKnown`: it was not accepted; otherwise it may have been. */
  | { kind: "failed"; isKnown: boolean; retryAfterMs: number | undefined };

/** How long push services keep a push for a browser that is not connected. */
const timeToLiveSeconds = 24 * 3_600;
const timeoutMs = 10_000;
const maxResponseBytes = 1_024;
/**
 * The length of each payload before encryption, so that push services can't see from it what is sent. Some accept less than the 4,096
 * bytes of RFC 8030.
 */
const payloadBytes = 1_024;

/** Encrypts pushes (RFC 8291) and sends them to push services (RFC 8030). */
export class PushSender {
  readonly #config: Config;

  constructor(config: Config) {
    this.#config = config;
  }

  async send(
    { id, endpoint, p256dh, auth }: PushSubscriptionRow,
    { payload, topic, urgency }: PushMessage,
  ): Promise<PushOutcome> {
    const startedAt = Date.now();
    let outcome: PushOutcome;
    let status: number | string;
    try {
      checkPushEndpoint(this.#config, endpoint);
      const text = new TextEncoder().encode(JSON.stringify(payload).padEnd(payloadBytes));
      const keys = { p256dh, auth };
      const body = await encryptNotification({ endpoint, expirationTime: null, keys }, text, { pad: false });
      const response = await fetchOutbound(this.#config, {
        url: endpoint,
        headers: {
          Authorization: await vapidAuthorization(this.#config, endpoint, startedAt),
          "Content-Encoding": "aes128gcm",
          "Content-Type": "application/octet-stream",
          TTL: String(timeToLiveSeconds),
          Topic: topic,
          Urgency: urgency,
        },
        body,
        timeoutMs,
        maxBytes: maxResponseBytes,
      });
      ({ status } = response);
      outcome = outcomeOf(status, retryAfterOf(response.headers, Date.now()));
    } catch (error) {
      if (!(error instanceof OutboundError)) throw error;
      status = error.code;
      const isForbidden = status === "forbidden_url" || status === "invalid_url";
      outcome = isForbidden ? { kind: "gone" } : { kind: "failed", isKnown: false, retryAfterMs: undefined };
    }
    logLine({
      level: outcome.kind === "accepted" ? "info" : "warn",
      message: `push.${outcome.kind}`,
      subscriptionId: id,
      type: payload.type,
      status,
      latencyMs: Date.now() - startedAt,
    });
    return outcome;
  }
}

function outcomeOf(status: number, retryAfterMs: number | undefined): PushOutcome {
  if (status >= 200 && status < 300) return { kind: "accepted" };
  if (status === 404 || status === 410) return { kind: "gone" };
  if (status === 429 || status >= 500) return { kind: "failed", isKnown: true, retryAfterMs };
  return { kind: "rejected" };
}
