import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { CommandError, runCommand } from "../../scripts/support/command.ts";
import { explainRefusal } from "../../scripts/support/explain.ts";
import { painter } from "../../scripts/support/paint.ts";
import type { Paint } from "../../scripts/support/paint.ts";
import { mustBeReachable } from "../../scripts/support/reachable.ts";
import { readCorpus } from "./replay/corpus.ts";
import type { Corpus } from "./replay/corpus.ts";
import { number, terminalProgress } from "./replay/progress.ts";
import { replay } from "./replay/run.ts";
import type { ReplayReport } from "./replay/run.ts";
import { rootsOf } from "./replay/threads.ts";

const help = `
Speaks a recorded conversation into a new channel, by as many users as it has, each over a socket of their own. What
answers an earlier line is sent as a reply, in a thread; some people say up to where they have read. Then everything that
came of it is compared with the file, exactly: acks, what every subscriber saw, the log, the history, every thread, what
each has unread, which threads they follow, of what they were notified, and D1.

Usage: npm run replay -- FILE [options]

  FILE               one message a line: { "n", "day", "time", "user", "text", "replyTo" }, as JSON;
                     replyTo is the n of the line that it answers, or null
  --limit N          only the first N messages; accounts are made for those who speak in them
  --subscribers N    sockets that read along (default 5)
  --cut N            cut N of them in each interval, without a close frame (default: none; 1 with --cut-every)
  --cut-every MS     the interval (default 1000)
  --seed N           decides who is cut (default 1)
  --rate N           messages a second at most (default: as fast as the order allows)
  --url URL          the server (default http://127.0.0.1:8787; start one with npm run dev)
  --persist-to DIR   where the server keeps its state, for D1 (default .wrangler/state, as for npm run dev)
  --no-color         plain text; NO_COLOR=1 does the same
  -h, --help         this text

A registration costs the server 0.1 s of CPU, since passwords are hashed slowly on purpose. What one socket may send is limited, and
speakers keep to that; for full speed start the server with
  npm run dev -- --var SOCKET_COMMANDS_PER_SECOND:100000 --var SOCKET_COMMANDS_BURST:100000 \\
    --var USER_WRITES_PER_HOUR:10000000 --var USER_WRITES_PER_DAY:10000000 \\
    --var USER_BYTES_PER_HOUR:10000000000 --var USER_BYTES_PER_DAY:10000000000 --var TOGGLE_BURST:100000
Exit code 0: everything agrees with the file. 1: something does not, or failed.
`;

await runCommand(help, async (argv) => {
  const { values, positionals } = parseArgs({
    args: argv,
    allowNegative: true,
    allowPositionals: true,
    options: {
      limit: { type: "string" },
      subscribers: { type: "string", default: "5" },
      cut: { type: "string" },
      "cut-every": { type: "string" },
      seed: { type: "string", default: "1" },
      rate: { type: "string" },
      url: { type: "string", default: "http://127.0.0.1:8787" },
      "persist-to": { type: "string", default: ".wrangler/state" },
      color: { type: "boolean", default: true },
    },
  });
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0)
    throw new CommandError("One file is wanted.", "npm run replay -- FILE   (see --help)");
  const count = (
    name: "limit" | "subscribers" | "cut" | "cut-every" | "seed" | "rate",
  ): number | undefined => {
    const value = values[name];
    if (value !== undefined && !/^\d{1,9}$/.test(value))
      throw new CommandError(`--${name} wants a whole number, not ${value}.`, "See --help.");
    return value === undefined ? undefined : Number(value);
  };
  const cuts = count("cut") ?? (values["cut-every"] === undefined ? 0 : 1);
  const cutting = cuts > 0 ? { count: cuts, everyMs: Math.max(10, count("cut-every") ?? 1_000) } : null;
  const paint = painter(values.color);
  // npm runs scripts from the repository's root, wherever it was called.
  const corpus = await readCorpus(resolve(process.env["INIT_CWD"] ?? ".", file), count("limit"));
  await mustBeReachable(values.url);
  introduce(corpus, values.url, paint);

  const report = await replay({
    url: values.url,
    corpus,
    subscribers: count("subscribers") ?? 5,
    cutting,
    seed: count("seed") ?? 1,
    rate: count("rate") || Number.POSITIVE_INFINITY,
    persistTo: values["persist-to"],
    startProgress: terminalProgress(paint),
  }).catch(explainRefusal);
  conclude(report, paint);
  return report.checks.every(({ differences }) => differences.length === 0) ? 0 : 1;
});

function introduce({ lines, speakers, leftOut, orphans }: Corpus, url: string, paint: Paint): void {
  const roots = rootsOf(lines);
  const threads = new Set(roots.values()).size;
  const size = `${number(lines.length)} messages by ${number(speakers.length)} users`;
  const replies = `${number(roots.size)} of them replies in ${number(threads)} threads`;
  console.log(`\n  ${paint("bold", "Replay")} ${paint("dim", `· ${size}, ${replies}, on ${url}`)}\n`);
  for (const { n, reason } of leftOut.slice(0, 5))
    console.log(paint("yellow", `  ! line ${n} is left out, since it cannot be a message: ${reason}`));
  if (leftOut.length > 5) console.log(paint("yellow", `  ! and ${number(leftOut.length - 5)} more`));
  if (orphans.length > 0)
    console.log(
      paint("yellow", `  ! ${number(orphans.length)} replies to what is not there are said as messages`),
    );
}

function conclude({ spoken, seconds, checks, channelId }: ReplayReport, paint: Paint): void {
  const rate = number(Math.round(spoken.length / seconds));
  console.log(
    `\n  ${number(spoken.length)} messages in ${seconds.toFixed(1)} s, ${rate} a second, in ${channelId}\n`,
  );
  for (const { what, summary, skipped, differences } of checks) {
    const mark = skipped
      ? paint("yellow", "–")
      : differences.length > 0
        ? paint("red", "✗")
        : paint("green", "✓");
    console.log(`  ${mark} ${what.padEnd(12)} ${paint("dim", summary)}`);
    for (const difference of differences) console.log(`      ${paint("red", difference)}`);
  }
  console.log();
}
