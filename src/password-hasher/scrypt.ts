import { randomBytes, scryptSync, timingSafeEqual } from "node:crypto";
import { type PasswordCost, passwordCost, storedHashForm } from "../domain/password-cost.ts";
import { type Pause, type ScratchCache, slicedScrypt } from "./sliced-scrypt.ts";

const cost = passwordCost;
const saltBytes = 16;
const hashBytes = 32;
const maxMemoryBytes = 64 * 1024 * 1024;

/** How a hash shares its thread with other work. */
export interface Pacing {
  /** Called between two scrypt calls or slices. */
  pause: Pause;
  /**
   * Whether the next of the ten scrypt calls runs in slices of 2 ms (`slicedScrypt`), for about twice the CPU time, or natively, which
   * blocks the thread for about 11 ms. The result is the same.
   */
  isSliced: () => boolean;
  /** The memory of the sliced calls. */
  scratch: ScratchCache;
}

/** Hashes a password. @returns the PHC string with salt and cost: `$scrypt$ln=13,r=8,p=1,t=10$<salt>$<hash>` */
export async function hashPassword(password: string, pacing: Pacing): Promise<string> {
  const salt = randomBytes(saltBytes);
  const hash = await derive(password, salt, cost, pacing);
  return `$scrypt$ln=${cost.ln},r=${cost.r},p=${cost.p},t=${cost.t}$${unpadded(salt)}$${unpadded(hash)}`;
}

/**
 * Compares a password with a stored hash, using the salt and the cost stored with it.
 *
 * @param stored undefined for an account that does not exist; the comparison then takes as long as a hash of the present cost and fails
 */
export async function verifyPassword(
  password: string,
  stored: string | undefined,
  pacing: Pacing,
): Promise<boolean> {
  if (stored === undefined) {
    await derive(password, Buffer.alloc(saltBytes), cost, pacing);
    return false;
  }
  const [, ln, r, p, t = "1", salt, hash] = storedHashForm.exec(stored) ?? [];
  if (!salt || !hash)
    throw new Error("The stored password hash is not in the form $scrypt$ln=…,r=…,p=…[,t=…]$<salt>$<hash>");
  const wanted = Buffer.from(hash, "base64");
  const storedCost = { ln: Number(ln), r: Number(r), p: Number(p), t: Number(t) };
  const given = await derive(password, Buffer.from(salt, "base64"), storedCost, pacing);
  return wanted.length === given.length && timingSafeEqual(wanted, given);
}

/** Derives the hash. The password is normalized to NFKC, because keyboards encode the same character differently. */
async function derive(password: string, salt: Buffer, wanted: PasswordCost, pacing: Pacing): Promise<Buffer> {
  let scratch: Int32Array | undefined;
  const compute = (input: string | Buffer): Buffer | Promise<Buffer> => {
    if (!pacing.isSliced()) return native(input, salt, wanted);
    scratch ??= pacing.scratch.take(wanted);
    return slicedScrypt(input, salt, hashBytes, wanted, { pause: pacing.pause, scratch });
  };
  try {
    let result = await compute(password.normalize("NFKC"));
    for (let round = 1; round < wanted.t; round++) {
      await pacing.pause();
      result = await compute(result);
    }
    return result;
  } finally {
    if (scratch) pacing.scratch.release(scratch);
  }
}

const native = (password: string | Buffer, salt: Buffer, { ln, r, p }: PasswordCost): Buffer =>
  scryptSync(password, salt, hashBytes, { N: 2 ** ln, r, p, maxmem: maxMemoryBytes });

const unpadded = (bytes: Buffer): string => bytes.toString("base64").replaceAll("=", "");
