import { reindexChannel, reindexDirectMessages } from "../src/client/index.ts";
import { runCommand } from "./support/command.ts";
import { optionsHelp, type Projection, rebuildProjection } from "./support/rebuild-projection.ts";

const help = `
Writes the search index anew from the channels' own logs, room by room, while the server goes on serving and what is there
goes on being found. Cut off in the middle, rooms that were begun go on by themselves; run it again for the others.

  npm run reindex -- --login NAME              all channels, and all direct messages
  npm run reindex -- --login NAME --channel ID one channel

An index that was thrown away is made again by its migrations (\`npm run setup\`, \`npm run deploy\`), then by this.
${optionsHelp}`;

const index: Projection = {
  name: "reindex",
  start: (client, channelId) => client.call(reindexChannel, { params: { channelId } }),
  startDirectMessages: (client, query) => client.call(reindexDirectMessages, { query }),
  projectedSeq: ({ indexedSeq }) => indexedSeq,
  backlog: ({ unindexed }) => unindexed,
};

await runCommand(help, (argv) => rebuildProjection(index, argv));
