import { sha256Of } from "../../lib/macs.ts";

const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const codeCount = 10;
/** 24 characters of 5 bits: at 120 bits, an unsalted hash cannot be reversed (OWASP ASVS 5.0, 6.5.2). */
const groupCount = 6;
const groupLength = 4;

/** Returns ten new codes in Crockford's base 32, in groups of four characters. */
export const newRecoveryCodes = (): string[] => Array.from({ length: codeCount }, newCode);

function newCode(): string {
  return Array.from({ length: groupCount }, () =>
    Array.from(
      crypto.getRandomValues(new Uint8Array(groupLength)),
      // 256 is a multiple of 32, so that every character is equally likely.
      (byte) => alphabet[byte % alphabet.length],
    ).join(""),
  ).join("-");
}

/** Returns the hash under which a code is stored. Case, blanks and hyphens do not matter, nor letters that look like digits. */
export function hashOfRecoveryCode(userId: string, code: string): string {
  const text = code
    .toUpperCase()
    .replaceAll(/[^0-9A-Z]/g, "")
    .replaceAll("O", "0")
    .replaceAll(/[IL]/g, "1");
  return sha256Of(`parley-recovery-1|${userId}|${text}`);
}
