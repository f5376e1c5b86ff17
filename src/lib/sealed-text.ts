import { base64url, EncryptJWT, jwtDecrypt } from "jose";
import { macOf } from "./macs.ts";

/** What is sealed. Each kind has its key and its `typ`, so that a text of one kind is not accepted as another. */
export type SealedKind =
  /** The state of a login, in the browser's cookie. */
  | "parley-login-state-1"
  /** The code that the application exchanges for a session. */
  | "parley-login-code-1"
  /** The tickets of the API that is compatible with Slack's, in the address of a socket or of an upload. */
  | "parley-slack-socket-1"
  | "parley-slack-upload-1";

interface Key {
  REFRESH_TOKEN_KEY: string;
}

const keyOf = ({ REFRESH_TOKEN_KEY }: Key, kind: SealedKind): Uint8Array =>
  base64url.decode(macOf(REFRESH_TOKEN_KEY, { purpose: kind, message: "key" }));

/** Encrypts and authenticates claims (JWE, RFC 7516, `dir` with AES-256-GCM), so that they can pass through a client. */
export function seal(
  key: Key,
  kind: SealedKind,
  claims: Record<string, unknown>,
  lifetimeMs: number,
): Promise<string> {
  return new EncryptJWT(claims)
    .setProtectedHeader({ alg: "dir", enc: "A256GCM", typ: kind })
    .setExpirationTime(Math.floor((Date.now() + lifetimeMs) / 1_000))
    .encrypt(keyOf(key, kind));
}

/** Returns the claims of a sealed text; undefined if it is malformed, forged, expired or of another kind. */
export async function unseal<T>(
  key: Key,
  kind: SealedKind,
  text: string,
  schema: { parse(claims: unknown): T },
): Promise<T | undefined> {
  try {
    const { payload } = await jwtDecrypt(text, keyOf(key, kind), {
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
