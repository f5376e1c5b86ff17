/** Characters that a changed position gets: another of the same alphabet, and some that no token has. */
const replacements = ["A", "_", "9", ".", " ", "=", "%", "\t", "é"];

/**
 * Returns tokens that no server issued, made from two that it did: with changed, missing, repeated and exchanged characters and parts. None
 * equals a valid one.
 *
 * @param separators what divides the parts of this kind of token
 */
export function forgedFrom(valid: string, another: string, separators = "."): string[] {
  const forged = new Set<string>();
  const length = valid.length;
  // The last characters matter most: base64url has several spellings of the same last byte.
  const positions = new Set([
    ...Array.from({ length: 40 }, (_, at) => Math.floor((at * length) / 40)),
    length - 1,
    length - 2,
  ]);
  for (const at of positions) {
    for (const replacement of replacements)
      forged.add(valid.slice(0, at) + replacement + valid.slice(at + 1));
    forged.add(valid.slice(0, at) + valid.slice(at + 1));
    forged.add(valid.slice(0, at) + valid[at] + valid.slice(at));
    forged.add(valid.slice(0, at));
    forged.add(valid.slice(0, at) + another.slice(at));
  }
  for (const letter of "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
    forged.add(valid.slice(0, -1) + letter);
  const [parts, others] = [valid.split(separators), another.split(separators)];
  for (const [at] of parts.entries()) {
    forged.add(parts.with(at, others[at] ?? "").join(separators));
    forged.add(parts.with(at, "").join(separators));
    forged.add(parts.toSpliced(at, 1).join(separators));
    forged.add(parts.toSpliced(at, 0, parts[at] ?? "").join(separators));
  }
  for (const one of [
    valid.toLowerCase(),
    valid.toUpperCase(),
    `${valid}=`,
    `${valid}.`,
    `${valid}\0`,
    `${valid},${valid}`,
    [...valid].toReversed().join(""),
  ])
    forged.add(one);
  forged.delete(valid);
  forged.delete(another);
  return [...forged];
}
