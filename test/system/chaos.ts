import { parseArgs } from "node:util";
import { chaos } from "./chaos/run.ts";
import { CommandError, runCommand } from "../../scripts/support/command.ts";
import { painter } from "../../scripts/support/paint.ts";

const help = `
Eight applications on the client of ours write, edit, react and read in two channels, over connections that break all the
time: reset, silent, heard but not hearing, late, or living on at the server's side alone. Meanwhile rooms and hubs lose their
memory and die, and the applications are closed and opened again. Then everything that each of them was given is compared
with the log, its view with a fresh fetch, and every send with what its sender was told.

Usage: npm run chaos -- [options]

  --minutes N    for so long (default 1)
  --cuts N       or until so many connections were cut
  --every MS     a cut so often, on average (default 60)
  --seed N       decides what happens (default: a random one, which is printed)
  --no-color     plain text; NO_COLOR=1 does the same
  -h, --help     this text

Starts a server of its own on a directory of its own, and removes both. The order in which things happen also depends on the
machine: a seed makes a run alike, not the same.
Exit code 0: everything agrees. 1: something does not.
`;

await runCommand(help, async (argv) => {
  const { values } = parseArgs({
    args: argv,
    allowNegative: true,
    options: {
      minutes: { type: "string", default: "1" },
      cuts: { type: "string" },
      every: { type: "string", default: "60" },
      seed: { type: "string" },
      color: { type: "boolean", default: true },
    },
  });
  const number = (name: "minutes" | "cuts" | "every" | "seed"): number | undefined => {
    const value = values[name];
    if (value !== undefined && !/^\d{1,9}(\.\d+)?$/.test(value))
      throw new CommandError(`--${name} wants a number, not ${value}.`, "See --help.");
    return value === undefined ? undefined : Number(value);
  };
  const paint = painter(values.color);
  const seed = number("seed") ?? Math.floor(Math.random() * 1e9);
  const begun = performance.now();
  const elapsed = (): string => `${((performance.now() - begun) / 1_000).toFixed(0).padStart(4)} s`;
  console.log(`\n  ${paint("bold", "Chaos")} ${paint("dim", `· seed ${seed}`)}\n`);
  const report = await chaos({
    seed,
    cuts: number("cuts") ?? Number.POSITIVE_INFINITY,
    forMs: (number("minutes") ?? 1) * 60_000,
    cutEveryMs: number("every") ?? 60,
    tell: (line) => console.log(`  ${paint("dim", elapsed())}  ${line}`),
  });
  const { differences, ...counts } = report;
  console.log(`\n${JSON.stringify(counts, null, 2).replaceAll(/^/gm, "  ")}\n`);
  for (const difference of differences) console.log(`  ${paint("red", "✗")} ${difference}`);
  if (differences.length > 0) console.log(`\n  Again: npm run chaos -- --seed ${seed}\n`);
  else console.log(`  ${paint("green", "✓")} All agree.\n`);
  return differences.length === 0 ? 0 : 1;
});
