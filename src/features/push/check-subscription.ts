import { base64url } from "jose";
import type { z } from "zod";
import type { Config } from "../../config.ts";
import type { NewPushSubscription } from "../../domain/push.ts";
import { invalidField } from "../../errors/app-error.ts";
import { OutboundError } from "../../outbound/index.ts";
import type { createPushSubscription } from "../../protocol/index.ts";
import { checkPushEndpoint } from "./push-endpoint.ts";

/** The length of an uncompressed point of P-256, and its first byte (SEC 1 section 2.3.3). */
const pointBytes = 65;
const uncompressed = 4;
const authBytes = 16;

/**
 * Checks what zod cannot: the address of the push service, and that pushes can be encrypted with the keys (RFC 8291).
 *
 * @param device the name for the list, if the request has none
 * @throws `validation_failed` for `endpoint`, `expirationTime` or a key
 */
export async function checkSubscription(
  config: Config,
  { endpoint, expirationTime, keys, device }: z.output<typeof createPushSubscription.body>,
  { defaultDevice, nowMs }: { defaultDevice: string; nowMs: number },
): Promise<NewPushSubscription> {
  if (typeof expirationTime === "number" && expirationTime <= nowMs)
    throw invalidField("expirationTime", "Must not be in the past");
  return {
    endpoint: checkEndpoint(config, endpoint),
    p256dh: await checkPoint(keys.p256dh),
    auth: checkSecret(keys.auth),
    device: device ?? defaultDevice,
    expiresAt: typeof expirationTime === "number" ? Math.floor(expirationTime) : null,
  };
}

/** Returns the URL as the parser writes it, so that each endpoint has one spelling. */
function checkEndpoint(config: Config, endpoint: string): string {
  try {
    return checkPushEndpoint(config, endpoint).href;
  } catch (error) {
    if (error instanceof OutboundError) throw invalidField("endpoint", error.message);
    throw error;
  }
}

async function checkPoint(text: string): Promise<string> {
  const bytes = decode(text);
  if (bytes?.length !== pointBytes || bytes[0] !== uncompressed) throw invalidPoint();
  try {
    // Rejects coordinates that are not on the curve.
    await crypto.subtle.importKey("raw", bytes, { name: "ECDH", namedCurve: "P-256" }, false, []);
  } catch {
    throw invalidPoint();
  }
  return base64url.encode(bytes);
}

const invalidPoint = () => invalidField("keys.p256dh", "Must be an uncompressed point of P-256, 65 bytes");

function checkSecret(text: string): string {
  const bytes = decode(text);
  if (bytes?.length !== authBytes) throw invalidField("keys.auth", `Must have ${authBytes} bytes`);
  return base64url.encode(bytes);
}

function decode(text: string): Uint8Array<ArrayBuffer> | undefined {
  try {
    return new Uint8Array(base64url.decode(text.replace(/={0,2}$/, "")));
  } catch {
    return undefined;
  }
}
