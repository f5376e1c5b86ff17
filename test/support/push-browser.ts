import { createECDH, randomBytes } from "node:crypto";
import ece from "http_ece";
import { importJWK, jwtVerify, type JWTPayload } from "jose";
import type { PushPayload } from "../../src/protocol/index.ts";

/** A request that a push service received for a browser. */
export interface ReceivedPush {
  headers: Record<string, string>;
  body: Uint8Array;
  /** The decrypted body with its padding. */
  text: string;
  payload: PushPayload;
}

/** The keys of a browser's subscription, and what its service worker shows. */
export class PushBrowser {
  readonly #pair = createECDH("prime256v1");
  readonly #auth = randomBytes(16);
  /** The channel, or the reminder, of each notification that is shown, by `seq`. */
  readonly #shown = new Map<number, string>();
  /** The number that the summary shows; 0 if none is shown. */
  summary = 0;

  constructor() {
    this.#pair.generateKeys();
  }

  /** `PushSubscription.toJSON()` of the browser. */
  subscription(endpoint: string) {
    const p256dh = this.#pair.getPublicKey("base64url", "uncompressed");
    return {
      endpoint,
      expirationTime: null,
      keys: { p256dh: p256dh as string, auth: this.#auth.toString("base64url") },
    };
  }

  /** Decrypts a body with the reference implementation of RFC 8188. */
  receive(headers: Record<string, string>, body: Uint8Array): ReceivedPush {
    const options = { version: "aes128gcm" as const, privateKey: this.#pair, authSecret: this.#auth };
    const text = new TextDecoder().decode(ece.decrypt(Buffer.from(body), options));
    return { headers, body, text, payload: JSON.parse(text) as PushPayload };
  }

  /** Shows and closes notifications for a payload, as docs/push.md specifies for service workers. */
  show(payload: PushPayload): void {
    if (payload.type === "summary") {
      this.summary = payload.count;
      return;
    }
    const topic = payload.reminderId ?? payload.channelId ?? "";
    const isOpen = (seq: number): boolean =>
      payload.type === "notification" ? payload.unreadSeqs.includes(seq) : seq > payload.lastReadSeq;
    for (const [seq, of] of this.#shown) if (of === topic && !isOpen(seq)) this.#shown.delete(seq);
    if (payload.type === "notification") this.#shown.set(payload.seq, topic);
  }

  get shownSeqs(): number[] {
    return [...this.#shown.keys()].toSorted((one, other) => one - other);
  }
}

/** Verifies the `Authorization` of a push as a push service does (RFC 8292). Returns the claims and the key. */
export async function verifyVapid(
  authorization: string,
  audience: string,
  currentDate: Date,
): Promise<{ claims: JWTPayload; publicKey: string }> {
  const [, token = "", publicKey = ""] =
    /^vapid t=([\w-]+\.[\w-]+\.[\w-]+), k=([\w-]{87})$/.exec(authorization) ?? [];
  const point = Buffer.from(publicKey, "base64url");
  const [x, y] = [point.subarray(1, 33).toString("base64url"), point.subarray(33).toString("base64url")];
  const key = await importJWK({ kty: "EC", crv: "P-256", x, y }, "ES256");
  const { payload: claims } = await jwtVerify(token, key, { audience, currentDate, algorithms: ["ES256"] });
  return { claims, publicKey };
}
