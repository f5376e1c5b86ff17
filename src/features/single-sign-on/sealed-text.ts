import { base64url, EncryptJWT, jwtDecrypt } from "jose";
import type { z } from "zod";
import type { Config } from "../../config.ts";
import { macOf } from "../../lib/macs.ts";

/** What is sealed: the state of a login in the browser's cookie, or the code that the application exchanges. */
export type SealedKind = "parley-login-state-1" | "parley-login-code-1";

const keyOf = ({ REFRESH_TOKEN_KEY }: Pick<Config, "REFRESH_TOKEN_KEY">, kind: SealedKind): Uint8Array =>
  base64url.decode(macOf(REFRESH_TOKEN_KEY, { purpose: kind, message: "key" }));

/** Encrypts and authenticates claims (JWE, RFC 7516, `dir` with AES-256-GCM), so that they can pass through a browser. */
export function seal(
  config: Config,
  kind: SealedKind,
  claims: Record<string, unknown>,
  lifetimeMs: number,
): Promise<string> {
  return new EncryptJWT(claims)
    .setProtectedHeader({ alg: "dir", enc: "A256GCM", typ: kind })
    .setExpirationTime(Math.floor((Date.now() + lifetimeMs) / 1_000))
    .encrypt(keyOf(config, kind));
}

/** Returns the claims of a sealed text; undefined if it is malformed, forged, expired or of another kind. */
export async function unseal<T>(
  config: Config,
  kind: SealedKind,
  text: string,
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  try {
    const { payload } = await jwtDecrypt(text, keyOf(config, kind), {
      typ: kind,
      requiredClaims: ["exp"],
      keyManagementAlgorithms: ["dir"],
      contentEncryptionAlgorithms: ["A256GCM"],
      currentDate: new Date(),
    });
    return schema.parse(payload);
  } catch {
    return undefined;
  }
}
