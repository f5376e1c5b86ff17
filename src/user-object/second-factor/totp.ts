import { generateSecret, generateURI, verify } from "otplib";

/** The tolerance for clocks, in seconds: one time step before and after (RFC 6238 section 5.2). */
const toleranceSeconds = 30;
const issuer = "Parley";

/** Returns a new secret of 160 bits in base32 (RFC 4226 section 4). */
export const newTotpSecret = (): string => generateSecret({ length: 20 });

/** Returns the `otpauth://` URI of a secret, for the QR code that authenticator apps scan. */
export const totpUri = (secret: string, username: string): string =>
  generateURI({ issuer, label: username, secret });

/** Returns the time step to which a code belongs; undefined if it is no code of the present step or of one of its neighbours. */
export async function stepOfCode(secret: string, code: string, nowMs: number): Promise<number | undefined> {
  const token = code.replaceAll(/[\s-]/g, "");
  if (!/^\d{6}$/.test(token)) return undefined;
  const result = await verify({
    secret,
    token,
    epoch: Math.floor(nowMs / 1_000),
    epochTolerance: toleranceSeconds,
  });
  return result.valid && "timeStep" in result ? result.timeStep : undefined;
}
