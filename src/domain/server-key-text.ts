import { randomToken } from "../lib/ids.ts";
import { isSameText, macOf, sha256Of } from "../lib/macs.ts";
import { ServerKeyId } from "../protocol/index.ts";

/** The ULID of the key's id, 24 random bytes and a MAC of 16 bytes. */
const secretForm = /^srv_([0-9A-Z]{26})([\w-]{32})([\w-]{22})$/;
const randomBytes = 24;

/** Returns the secret of a new server key. @param key a Worker secret in base64url */
export function newServerKeyText(key: string, keyId: string): string {
  const ulid = keyId.slice(4);
  const random = randomToken(randomBytes);
  return `srv_${ulid}${random}${secretMac(key, ulid, random)}`;
}

/** Returns the id of a server key; undefined when the MAC is wrong, so that a made-up secret costs no read of D1. */
export function serverKeyIdOf(key: string, secret: string): string | undefined {
  const [, ulid, random, mac] = secretForm.exec(secret) ?? [];
  if (!ulid || !random || !mac || !isSameText(mac, secretMac(key, ulid, random))) return undefined;
  return ServerKeyId.safeParse(`key_${ulid}`).data;
}

/** Returns whether a bearer credential has the form of a server key's secret. */
export const isServerKeyText = (text: string): boolean => text.startsWith("srv_");

/** Returns what D1 stores of a secret. */
export const serverKeyHash = (secret: string): string => sha256Of(secret);

const secretMac = (key: string, ulid: string, random: string): string =>
  macOf(key, { purpose: "parley-server-key-1", message: `${ulid}|${random}`, bytes: 16 });
