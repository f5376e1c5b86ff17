import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { CommandError, runCommand } from "../../scripts/support/command.ts";
import { throwAsCommandError } from "../../scripts/support/command-errors.ts";
import { colorizer } from "../../scripts/support/colors.ts";
import type { Colorize } from "../../scripts/support/colors.ts";
import { requireServer } from "../../scripts/support/require-server.ts";
import { readCorpus } from "./replay/corpus.ts";
import type { Corpus } from "./replay/corpus.ts";
import { formatCount, terminalProgress } from "../../scripts/support/progress.ts";
import { replay } from "./replay/run.ts";
import type { ReplayReport } from "./replay/run.ts";
import { rootsOf } from "./replay/threads.ts";

const help = `
System test with a recorded conversation. Sends its messages into a new channel, in the file's order, each by the account of its
author over a separate socket; a line that replies to an earlier one is sent as a thread reply, and some users send read markers.
Then compares the results exactly with the file: acknowledgements, the events of every subscriber, the log, the history, every
thread, and for each user unread counts, followed threads and notifications, and the rows in D1.

Usage: npm run replay -- FILE [options]

  FILE               JSON lines, one message each: { "n", "day", "time", "user", "text", "replyTo" };
                     replyTo is the n of the message that it replies to, or null
  --limit N          only the first N messages; creates accounts only for their authors
  --subscribers N    further sockets that receive the messages (default 5)
  --cut N            reset the connections of N subscribers in each interval (default: none; 1 with --cut-every)
  --cut-every MS     the interval (default 1000)
  --seed N           seed of the choice of these subscribers (default 1)
  --rate N           limit of messages a second (default: as fast as the order allows)
  --url URL          the server (default http://127.0.0.1:8787; start one with npm run dev)
  --persist-to DIR   the server's state directory, to read D1 (default .wrangler/state, as for npm run dev)
  --no-color         plain text; NO_COLOR=1 does the same
  -h, --help         this text

Each registration costs the server 0.1 s of CPU, because passwords are hashed slowly on purpose. The server limits how fast a socket
may send, and the client observes that limit; for full speed start the server with
  npm run dev -- --var SOCKET_COMMANDS_PER_SECOND:100000 --var SOCKET_COMMANDS_BURST:100000 \\
    --var USER_WRITES_PER_HOUR:10000000 --var USER_WRITES_PER_DAY:10000000 \\
    --var USER_BYTES_PER_HOUR:10000000000 --var USER_BYTES_PER_DAY:10000000000 --var TOGGLE_BURST:100000 \\
    --var RATE_READ_PER_MINUTE:1000000 --var RATE_WRITE_PER_MINUTE:1000000 --var RATE_AUTH_PER_MINUTE:1000000
Exit code 0: all results agree with the file. 1: a difference or a failure.
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
    throw new CommandError(
      "This command needs exactly one file.",
      "npm run replay -- FILE   (options: npm run replay -- --help)",
    );
  const count = (
    name: "limit" | "subscribers" | "cut" | "cut-every" | "seed" | "rate",
  ): number | undefined => {
    const value = values[name];
    if (value !== undefined && !/^\d{1,9}$/.test(value))
      throw new CommandError(
        `--${name} needs a whole number, not ${value}.`,
        "Options: npm run replay -- --help",
      );
    return value === undefined ? undefined : Number(value);
  };
  const cuts = count("cut") ?? (values["cut-every"] === undefined ? 0 : 1);
  const cutting = cuts > 0 ? { count: cuts, everyMs: Math.max(10, count("cut-every") ?? 1_000) } : null;
  const paint = colorizer(values.color);
  // npm runs scripts in the repository's root; INIT_CWD is the directory in which npm was called.
  const corpus = await readCorpus(resolve(process.env["INIT_CWD"] ?? ".", file), count("limit"));
  await requireServer(values.url);
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
  }).catch(throwAsCommandError);
  conclude(report, paint);
  return report.checks.every(({ differences }) => differences.length === 0) ? 0 : 1;
});

function introduce({ lines, authors, skipped, orphans }: Corpus, url: string, paint: Colorize): void {
  const roots = rootsOf(lines);
  const threads = new Set(roots.values()).size;
  const size = `${formatCount(lines.length)} messages by ${formatCount(authors.length)} users`;
  const replies = `${formatCount(roots.size)} of them replies in ${formatCount(threads)} threads`;
  console.log(`\n  ${paint("bold", "Replay")} ${paint("dim", `· ${size}, ${replies}, on ${url}`)}\n`);
  for (const { n, reason } of skipped.slice(0, 5))
    console.log(paint("yellow", `  ! line ${n} is skipped, because it is no valid message: ${reason}`));
  if (skipped.length > 5) console.log(paint("yellow", `  ! and ${formatCount(skipped.length - 5)} more`));
  if (orphans.length > 0)
    console.log(
      paint("yellow", `  ! ${formatCount(orphans.length)} replies to missing messages are sent as messages`),
    );
}

function conclude({ sent, seconds, checks, channelId }: ReplayReport, paint: Colorize): void {
  const rate = formatCount(Math.round(sent.length / seconds));
  console.log(
    `\n  ${formatCount(sent.length)} messages in ${seconds.toFixed(1)} s, ${rate} a second, in ${channelId}\n`,
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
