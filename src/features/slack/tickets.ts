import { base64url, EncryptJWT, jwtDecrypt } from "jose";
import { z } from "zod";
import type { Config } from "../../config.ts";
import { macOf } from "../../lib/macs.ts";
import { FileId, limits } from "../../protocol/index.ts";

/**
 * Slack's clients open a socket, and upload a file, at an address that an earlier call returned, without their token. The address therefore
 * contains the token, encrypted with a key of this Worker and valid for a short time.
 */
const purposes = { socket: "parley-slack-socket-1", upload: "parley-slack-upload-1" } as const;
type Purpose = (typeof purposes)[keyof typeof purposes];
type Key = Pick<Config, "REFRESH_TOKEN_KEY">;

const SocketTicket = z.object({ ticket: z.string(), token: z.string() });
/** `ticket`: one of `createTicket`, which opens one socket. */
export type SocketTicket = z.infer<typeof SocketTicket>;

const UploadTicket = z.object({
  fileId: FileId,
  sizeBytes: z.int(),
  partSizeBytes: z.int(),
  token: z.string(),
});
/** An upload in parts that `files.getUploadURLExternal` has begun. */
export type UploadTicket = z.infer<typeof UploadTicket>;

/** How long the address of an upload can be used, in seconds. */
const uploadSeconds = 3_600;

export const sealSocketTicket = (config: Key, claims: SocketTicket): Promise<string> =>
  seal(config, purposes.socket, claims, limits.ticketSeconds);
/** Returns the claims of a sealed ticket; undefined if it is malformed, forged or expired. */
export const openSocketTicket = (config: Key, text: string): Promise<SocketTicket | undefined> =>
  unseal(config, purposes.socket, text, SocketTicket);

export const sealUploadTicket = (config: Key, claims: UploadTicket): Promise<string> =>
  seal(config, purposes.upload, claims, uploadSeconds);
/** Returns the claims of a sealed ticket; undefined if it is malformed, forged or expired. */
export const openUploadTicket = (config: Key, text: string): Promise<UploadTicket | undefined> =>
  unseal(config, purposes.upload, text, UploadTicket);

const keyOf = ({ REFRESH_TOKEN_KEY }: Key, purpose: Purpose): Uint8Array =>
  base64url.decode(macOf(REFRESH_TOKEN_KEY, { purpose, message: "key" }));

/** Encrypts and authenticates claims (JWE, RFC 7516, `dir` with AES-256-GCM). */
const seal = (
  config: Key,
  purpose: Purpose,
  claims: Record<string, unknown>,
  seconds: number,
): Promise<string> =>
  new EncryptJWT(claims)
    .setProtectedHeader({ alg: "dir", enc: "A256GCM", typ: purpose })
    .setExpirationTime(Math.floor(Date.now() / 1_000) + seconds)
    .encrypt(keyOf(config, purpose));

/** In characters: the longest token takes about 5,600. */
const maxSealedLength = 8_192;

async function unseal<T>(
  config: Key,
  purpose: Purpose,
  text: string,
  schema: z.ZodType<T>,
): Promise<T | undefined> {
  if (text.length > maxSealedLength) return undefined;
  try {
    const { payload } = await jwtDecrypt(text, keyOf(config, purpose), {
      typ: purpose,
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
