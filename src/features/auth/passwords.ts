import { randomBytes, scrypt, timingSafeEqual } from "node:crypto";
import { Slots } from "./slots.ts";

interface Cost {
  /** log2 of scrypt's N. */
  ln: number;
  r: number;
  p: number;
}

/** About 0.11 s and 16 MiB. More memory does not fit beside everything else in an isolate's 128 MB. */
const cost: Cost = { ln: 14, r: 8, p: 5 };
const saltBytes = 16;
const hashBytes = 32;
const slots = new Slots({ running: 2, waiting: 60, staleMs: 15_000 });

/** The password's hash with its salt and cost, in PHC form: `$scrypt$ln=14,r=8,p=5$<salt>$<hash>`. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes);
  const hash = await derive(password, salt, cost);
  return `$scrypt$ln=${cost.ln},r=${cost.r},p=${cost.p}$${unpadded(salt)}$${unpadded(hash)}`;
}

const form = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

/** Whether it is the password that was hashed, at the cost that was stored. Without a hash it takes as long, and says no. */
export async function verifyPassword(password: string, stored: string | undefined): Promise<boolean> {
  if (stored === undefined) {
    await derive(password, Buffer.alloc(saltBytes), cost);
    return false;
  }
  const [, ln, r, p, salt, hash] = form.exec(stored) ?? [];
  if (!salt || !hash) throw new Error("A stored password has a form that this release does not know");
  const wanted = Buffer.from(hash, "base64");
  const given = await derive(password, Buffer.from(salt, "base64"), {
    ln: Number(ln),
    r: Number(r),
    p: Number(p),
  });
  return wanted.length === given.length && timingSafeEqual(wanted, given);
}

/** NFKC first: keyboards differ in how they type the same character. */
function derive(password: string, salt: Buffer, { ln, r, p }: Cost): Promise<Buffer> {
  return slots.run(
    () =>
      new Promise((resolve, reject) => {
        scrypt(
          password.normalize("NFKC"),
          salt,
          hashBytes,
          { N: 2 ** ln, r, p, maxmem: 64 * 1024 * 1024 },
          (error, hash) => {
            if (error) reject(error);
            else resolve(hash);
          },
        );
      }),
  );
}

const unpadded = (bytes: Buffer): string => bytes.toString("base64").replaceAll("=", "");
