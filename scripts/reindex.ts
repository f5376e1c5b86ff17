import { reindexChannel, reindexDirectMessages } from "../src/client/index.ts";
import { runCommand } from "./support/command.ts";
import { optionsHelp, type Projection, rebuildProjection } from "./support/rebuild-projection.ts";

const help = `
Rebuilds the search index from the channels' own logs, channel by channel, while the server continues to serve and search finds all
indexed messages. If the command is interrupted, channels that were started continue; run it again for the others.

  npm run reindex -- --login NAME              all channels, and all direct messages
  npm run reindex -- --login NAME --channel ID one channel

To rebuild a deleted SEARCH database, create its tables first (\`npm run setup\` or \`npm run deploy\`).
${optionsHelp}`;

const index: Projection = {
  name: "reindex",
  start: (client, channelId) => client.call(reindexChannel, { params: { channelId } }),
  startDirectMessages: (client, query) => client.call(reindexDirectMessages, { query }),
  projectedSeq: ({ indexedSeq }) => indexedSeq,
  backlog: ({ unindexed }) => unindexed,
};

await runCommand(help, (argv) => rebuildProjection(index, argv));
