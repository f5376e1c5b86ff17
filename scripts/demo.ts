import { parseArgs } from "node:util";
import { Transcript } from "./demo/transcript.ts";
import { runScenario } from "./demo/scenario.ts";
import { runCommand } from "./support/command.ts";
import { throwAsCommandError } from "./support/command-errors.ts";
import { colorizer } from "./support/colors.ts";
import { requireServer } from "./support/require-server.ts";

const help = `
Two users and a bot talk in a private channel, each over one WebSocket. The demo shows messages, an edit, a reaction, a typing
indicator and a thread; a lost connection that resumes without a gap, with unread counts and a notification; a status, a file that
non-members cannot read, a search and a direct message. At the end it compares the messages that each user received with each other
and with the history and the thread by REST.

Usage: npm run demo -- [options]

  --url URL      the server (default http://127.0.0.1:8787; start one with npm run dev)
  --fast         without pauses for typing
  --no-color     plain text; NO_COLOR=1 does the same
  -h, --help     this text

It creates three accounts and a channel with unique names, so it can be repeated on the same server. On a server without accounts
the first one, Mira, becomes the workspace's owner, and the demo prints her password at the end.
Exit code 0: all views agree. 1: a difference or a failure.
`;

const timeoutMs = 120_000;

await runCommand(help, async (argv) => {
  const { values } = parseArgs({
    args: argv,
    allowNegative: true,
    options: {
      url: { type: "string", default: "http://127.0.0.1:8787" },
      fast: { type: "boolean", default: false },
      color: { type: "boolean", default: true },
    },
  });
  await requireServer(values.url);
  setTimeout(() => {
    console.error(
      `\n✗ The demo did not finish within ${timeoutMs / 1_000} s.\n\n  See the log of the server, and run the demo again.\n`,
    );
    process.exit(1);
  }, timeoutMs).unref();

  const transcript = new Transcript(colorizer(values.color));
  transcript.title("Parley", `· two people and a bot on ${values.url}`);
  const verdict = await runScenario({ url: values.url, transcript, pace: values.fast ? 0 : 1 }).catch(
    throwAsCommandError,
  );
  transcript.verdict(verdict);
  if (verdict.ownerLogin) transcript.ownership(verdict.ownerLogin);
  return verdict.differences.length === 0 ? 0 : 1;
});
