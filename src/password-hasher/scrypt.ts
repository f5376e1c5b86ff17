import { randomBytes, scryptSync, timingSafeEqual } from "node:crypto";

interface Cost {
  /** log2 of scrypt's N. */
  ln: number;
  r: number;
  p: number;
  /** How many scrypt calls follow each other; each takes the result of the one before as its password. */
  t: number;
}

/**
 * The work of OWASP's N=2^13, r=8, p=10 (about 0.11 s and 8 MiB), as ten calls of p=1 in a row: scrypt holds the thread while it
 * runs, and between two calls other work can run.
 */
const cost: Cost = { ln: 13, r: 8, p: 1, t: 10 };
const saltBytes = 16;
const hashBytes = 32;
const maxMemoryBytes = 64 * 1024 * 1024;

/** Called between two scrypt calls; resolves when the next one may run. */
export type Pause = () => Promise<void>;

/** Hashes a password; returns PHC form with salt and cost: `$scrypt$ln=13,r=8,p=1,t=10$<salt>$<hash>`. */
export async function hashPassword(password: string, pause: Pause): Promise<string> {
  const salt = randomBytes(saltBytes);
  const hash = await derive(password, salt, cost, pause);
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
  pause: Pause,
): Promise<boolean> {
  if (stored === undefined) {
    await derive(password, Buffer.alloc(saltBytes), cost, pause);
    return false;
  }
  const [, ln, r, p, t = "1", salt, hash] = form.exec(stored) ?? [];
  if (!salt || !hash) throw new Error("A stored password has a form that this release does not know");
  const wanted = Buffer.from(hash, "base64");
  const storedCost = { ln: Number(ln), r: Number(r), p: Number(p), t: Number(t) };
  const given = await derive(password, Buffer.from(salt, "base64"), storedCost, pause);
  return wanted.length === given.length && timingSafeEqual(wanted, given);
}

/** Normalizes to NFKC first: keyboards differ in how they type the same character. */
async function derive(password: string, salt: Buffer, { ln, r, p, t }: Cost, pause: Pause): Promise<Buffer> {
  const options = { N: 2 ** ln, r, p, maxmem: maxMemoryBytes };
  let result = scryptSync(password.normalize("NFKC"), salt, hashBytes, options);
  for (let round = 1; round < t; round++) {
    await pause();
    result = scryptSync(result, salt, hashBytes, options);
  }
  return result;
}

const unpadded = (bytes: Buffer): string => bytes.toString("base64").replaceAll("=", "");
