/** The cost of one scrypt hash, and the number of successive calls; each uses the result of the call before as its password. */
export interface PasswordCost {
  /** The logarithm of N. */
  ln: number;
  r: number;
  p: number;
  t: number;
}

/**
 * The cost of new hashes: the work of N=2^13, r=8, p=10 (OWASP Password Storage Cheat Sheet), about 0.11 s and 8 MiB, as ten successive
 * calls with p=1: the thread is free for other work between them. A login replaces a stored hash of less work.
 */
export const passwordCost: PasswordCost = { ln: 13, r: 8, p: 1, t: 10 };

/** A hash as it is stored: a PHC string. `t` is 1 if it is missing. */
export const storedHashForm =
  /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})(?:,t=(\d{1,2}))?\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)$/;

const workOf = ({ ln, r, p, t }: PasswordCost): number => 2 ** ln * r * p * t;

/** Whether a stored hash was computed with less work than new ones. */
export function isOutdatedHash(stored: string, cost: PasswordCost = passwordCost): boolean {
  const [, ln, r, p, t = "1"] = storedHashForm.exec(stored) ?? [];
  if (!ln || !r || !p) return false;
  return workOf({ ln: Number(ln), r: Number(r), p: Number(p), t: Number(t) }) < workOf(cost);
}
