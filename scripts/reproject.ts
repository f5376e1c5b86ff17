import { reprojectChannel, reprojectDirectMessages } from "../src/client/index.ts";
import { runCommand } from "./support/command.ts";
import { optionsHelp, type Projection, rebuildProjection } from "./support/rebuild-projection.ts";

const help = `
Rebuilds the rows of channels in D1 from the channels' own logs, channel by channel, while the server continues to serve.

  npm run reproject -- --login NAME              all channels, and all direct messages
  npm run reproject -- --login NAME --channel ID one channel
${optionsHelp}`;

const database: Projection = {
  name: "reproject",
  start: (client, channelId) => client.call(reprojectChannel, { params: { channelId } }),
  startDirectMessages: (client, query) => client.call(reprojectDirectMessages, { query }),
  projectedSeq: ({ recordedSeq }) => recordedSeq,
  backlog: ({ behind }) => behind,
};

await runCommand(help, (argv) => rebuildProjection(database, argv));
