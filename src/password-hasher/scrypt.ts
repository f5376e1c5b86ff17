import { randomBytes, scryptSync, timingSafeEqual } from "node:crypto";
import { type Pause, scratchFor, type ScryptCost, slicedScrypt } from "./sliced-scrypt.ts";

interface Cost extends ScryptCost {
  /** How many scrypt calls follow each other; each takes the result of the one before as its password. */
  t: number;
}

/** The work of OWASP's N=2^13, r=8, p=10 (about 0.11 s and 8 MiB), as ten calls of p=1 in a row. */
const cost: Cost = { ln: 13, r: 8, p: 1, t: 10 };
const saltBytes = 16;
const hashBytes = 32;
const maxMemoryBytes = 64 * 1024 * 1024;

export interface Pacing {
  pause: Pause;
  /**
   * Whether the next of the ten scrypt calls pauses every 2 ms, which takes about twice the CPU time (`slicedScrypt`), or is a native
   * one, which takes the thread for 10 ms. The bytes are the same.
   */
  isSliced: () => boolean;
}

/** Hashes a password; returns PHC form with salt and cost: `$scrypt$ln=13,r=8,p=1,t=10$<salt>$<hash>`. */
export async function hashPassword(password: string, pacing: Pacing): Promise<string> {
  const salt = randomBytes(saltBytes);
  const hash = await derive(password, salt, cost, pacing);
  return `$scrypt$ln=${cost.ln},r=${cost.r},p=${cost.p},t=${cost.t}$${unpadded(salt)}$${unpadded(hash)}`;
}

const form =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})(?:,t=(\d{1,2}))?\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/**
 * Compares a password with a stored hash, at the cost that was stored.
 * @param stored Undefined for an account that does not exist: takes as long as a hash of today's cost and returns false.
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
  const [, ln, r, p, t = "1", salt, hash] = form.exec(stored) ?? [];
  if (!salt || !hash) throw new Error("A stored password has a form that this release does not know");
  const wanted = Buffer.from(hash, "base64");
  const storedCost = { ln: Number(ln), r: Number(r), p: Number(p), t: Number(t) };
  const given = await derive(password, Buffer.from(salt, "base64"), storedCost, pacing);
  return wanted.length === given.length && timingSafeEqual(wanted, given);
}

/** Normalizes to NFKC first: keyboards differ in how they type the same character. */
async function derive(password: string, salt: Buffer, wanted: Cost, pacing: Pacing): Promise<Buffer> {
  let scratch: Int32Array | undefined;
  const compute = (input: string | Buffer): Buffer | Promise<Buffer> => {
    if (!pacing.isSliced()) return native(input, salt, wanted);
    scratch ??= scratchFor(wanted);
    return slicedScrypt(input, salt, hashBytes, wanted, { pause: pacing.pause, scratch });
  };
  let result = await compute(password.normalize("NFKC"));
  for (let round = 1; round < wanted.t; round++) {
    await pacing.pause();
    result = await compute(result);
  }
  return result;
}

const native = (password: string | Buffer, salt: Buffer, { ln, r, p }: Cost): Buffer =>
  scryptSync(password, salt, hashBytes, { N: 2 ** ln, r, p, maxmem: maxMemoryBytes });

const unpadded = (bytes: Buffer): string => bytes.toString("base64").replaceAll("=", "");
