import { parseArgs } from "node:util";
import { Transcript } from "./demo/transcript.ts";
import { runScenario } from "./demo/scenario.ts";
import { runCommand } from "./support/command.ts";
import { throwAsCommandError } from "./support/command-errors.ts";
import { colorizer } from "./support/colors.ts";
import { requireServer } from "./support/require-server.ts";

const help = `
Two people and a bot talk in a channel, each over one WebSocket: one edits a message, reacts and replies in a thread, and is seen
typing; one is cut off, comes back without a gap, and finds what is unread and that somebody called; a status, a file that a stranger can't read, a search
and a direct message follow. In the end what everyone saw is compared, with each other and with the history and the thread by REST.

Usage: npm run demo -- [options]

  --url URL      the server (default http://127.0.0.1:8787; start one with npm run dev)
  --fast         without the pauses in which people type
  --no-color     plain text; NO_COLOR=1 does the same
  -h, --help     this text

It creates three accounts and a channel with new names, so it can be run again and again on the same server. On a server without
accounts the first of them, Mira, becomes the workspace's owner: the demo prints her password at the end.
Exit code 0: all views agree. 1: they do not, or something failed.
`;

const longestMs = 120_000;

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
    console.error(`\n✗ The demo did not come to its end within ${longestMs / 1_000} s.\n`);
    process.exit(1);
  }, longestMs).unref();

  const stage = new Transcript(colorizer(values.color));
  stage.title("Parley", `· two people and a bot on ${values.url}`);
  const verdict = await runScenario({ url: values.url, transcript: stage, pace: values.fast ? 0 : 1 }).catch(
    throwAsCommandError,
  );
  stage.verdict(verdict);
  if (verdict.ownerLogin) stage.ownership(verdict.ownerLogin);
  return verdict.differences.length === 0 ? 0 : 1;
});
