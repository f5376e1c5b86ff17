import { parseArgs } from "node:util";
import { chaos } from "./chaos/run.ts";
import { CommandError, runCommand } from "../../scripts/support/command.ts";
import { colorizer } from "../../scripts/support/colors.ts";

const help = `
System test with injected faults. Twelve devices of four users send, edit, react and read in two channels, over connections that
fail continuously: they are reset, stall in one or both directions, are delayed, or stay open only on the server's side. Meanwhile
ChannelRoom and UserHub objects are evicted or crash, and the devices' applications restart. At the end the test compares the events
of each device with the log, its message view with a new fetch, and each command with the response that its sender received.

Usage: npm run chaos -- [options]

  --minutes N    duration (default 1)
  --cuts N       stop earlier, after this many broken connections
  --every MS     mean interval between broken connections (default 60)
  --seed N       seed of the random choices (default: a random one, which is printed)
  --no-color     plain text; NO_COLOR=1 does the same
  -h, --help     this text

Starts its own server on a temporary directory, and removes both. The order of events also depends on the machine, so a seed
makes runs similar, not identical.
Exit code 0: no difference. 1: at least one difference.
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
      throw new CommandError(`--${name} needs a number, not ${value}.`, "Options: npm run chaos -- --help");
    return value === undefined ? undefined : Number(value);
  };
  const paint = colorizer(values.color);
  const seed = number("seed") ?? Math.floor(Math.random() * 1e9);
  const startedMs = performance.now();
  const elapsed = (): string => `${((performance.now() - startedMs) / 1_000).toFixed(0).padStart(4)} s`;
  console.log(`\n  ${paint("bold", "Chaos")} ${paint("dim", `· seed ${seed}`)}\n`);
  const report = await chaos({
    seed,
    cuts: number("cuts") ?? Number.POSITIVE_INFINITY,
    forMs: (number("minutes") ?? 1) * 60_000,
    cutEveryMs: number("every") ?? 60,
    report: (line) => console.log(`  ${paint("dim", elapsed())}  ${line}`),
  });
  const { differences, ...counts } = report;
  console.log(`\n${JSON.stringify(counts, null, 2).replaceAll(/^/gm, "  ")}\n`);
  for (const difference of differences) console.log(`  ${paint("red", "✗")} ${difference}`);
  if (differences.length > 0) console.log(`\n  To repeat the run: npm run chaos -- --seed ${seed}\n`);
  else console.log(`  ${paint("green", "✓")} No difference.\n`);
  return differences.length === 0 ? 0 : 1;
});
