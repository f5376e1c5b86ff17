/**
 * Characters at which parsers backtrack or search repeatedly: blanks, separators, quotes, digits, letters, marks,
 * pairs of them.
 */
const fragments = [
  ..." \t\n\r\0aA1-._,;=:/\\\"'`@#~%&<>([{*+|!?^$",
  "\u00a0",
  "é",
  "e\u0301",
  "\u0301",
  "漢",
  "가",
  "\u1100",
  "ก",
  "😀",
  "\u200d",
  "\ufe0f",
  "\u200b",
  "\ud800",
  ", ",
  " ,",
  "; ",
  " = ",
  "a=",
  '",',
  '\\"',
  "W/",
  "a.",
  ".a",
  "-1",
  "1-",
  "@a",
  "a@",
  "``a",
  "\n> ",
  "- ",
  "1. ",
  "~~~\n",
  "%2",
  "%41",
  "::",
  ":1",
  "AA",
  "0.",
  "//",
  "http://",
  " OR ",
  "-(",
  "[[",
  '{"a":',
];

/**
 * Generates strings of about `length` characters for which expressions with a choice between two repetitions take
 * quadratic time: runs of each fragment after each prefix, ended by something that can't match.
 */
export function* backtrackingInputs(length: number, prefixes: readonly string[] = [""]): Generator<string> {
  for (const prefix of prefixes)
    for (const fragment of fragments) {
      const run = prefix + fragment.repeat(Math.ceil(length / fragment.length));
      yield run;
      yield `${run}x`;
      yield `${run}\u0001`;
    }
}

/**
 * Measures this process's CPU time in milliseconds. If the first run takes `enoughMs` or more, returns the
 * minimum of three runs, since one may include a garbage collection.
 */
export function cpuMs(work: () => unknown, enoughMs: number): number {
  let best = Infinity;
  for (let run = 0; run < 3 && best >= enoughMs; run++) best = Math.min(best, once(work));
  return best;
}

function once(work: () => unknown): number {
  const before = process.cpuUsage();
  try {
    work();
  } catch {
    // A rejection counts like any other result.
  }
  return cpuMsSince(before);
}

/** The CPU time of this process since `process.cpuUsage()` returned `before`, in ms: for asynchronous work that waits for nothing. */
export function cpuMsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1_000;
}
