import { base64url, CompactEncrypt, compactDecrypt } from "jose";
import type { Config } from "../../config.ts";
import type { StoredSecret } from "../../db/index.ts";
import { macOf } from "../../lib/macs.ts";
import { newWebhookSecret } from "../../outbound/index.ts";

/** How long requests are signed with the former secret as well after a rotation. */
const overlapMs = 24 * 3_600_000;

/** A new secret: as its owner receives it, and as it is stored. */
export interface NewSecret {
  secret: string;
  stored: StoredSecret;
}

/** Makes a secret for a command. It is bound to the command's id, so that a value copied to another row cannot be decrypted. @param secret by default a new one */
export async function newCommandSecret(
  config: Config,
  commandId: string,
  secret: string = newWebhookSecret(),
): Promise<NewSecret> {
  // JWE (RFC 7516): the key encrypts directly.
  const sealed = await new CompactEncrypt(new TextEncoder().encode(secret))
    .setProtectedHeader({ alg: "dir", enc: "A256GCM" })
    .encrypt(keyOf(config, commandId));
  return { secret, stored: { sealed } };
}

/** Returns the secrets after a rotation: the new one, and the former one until its end. */
export const rotated = (
  added: StoredSecret,
  [current]: readonly StoredSecret[],
  nowMs: number,
): StoredSecret[] => (current ? [added, { ...current, until: nowMs + overlapMs }] : [added]);

/** Returns the secrets that sign now, newest first; none if they were encrypted with another key. */
export async function openSecrets(
  config: Config,
  commandId: string,
  secrets: readonly StoredSecret[],
  nowMs: number,
): Promise<string[]> {
  const opened = secrets
    .filter(({ until }) => until === undefined || until > nowMs)
    .map(({ sealed }) => openSecret(config, commandId, sealed));
  return (await Promise.all(opened)).filter((secret) => secret !== undefined);
}

async function openSecret(config: Config, commandId: string, sealed: string): Promise<string | undefined> {
  try {
    const { plaintext } = await compactDecrypt(sealed, keyOf(config, commandId), {
      keyManagementAlgorithms: ["dir"],
      contentEncryptionAlgorithms: ["A256GCM"],
    });
    return new TextDecoder().decode(plaintext);
  } catch {
    return undefined;
  }
}

const keyOf = ({ SECOND_FACTOR_KEY, REFRESH_TOKEN_KEY }: Config, commandId: string): Uint8Array =>
  base64url.decode(
    macOf(SECOND_FACTOR_KEY ?? REFRESH_TOKEN_KEY, { purpose: "parley-command-secret-1", message: commandId }),
  );
