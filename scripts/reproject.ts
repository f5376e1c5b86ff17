import { reprojectChannel, reprojectDirectMessages } from "../src/client/index.ts";
import { runCommand } from "./support/command.ts";
import { optionsHelp, type Projection, rebuildProjection } from "./support/rebuild-projection.ts";

const help = `
Rebuilds what D1 holds of channels from the channels' own logs, room by room, while the server goes on serving.

  npm run reproject -- --login NAME              all channels, and all direct messages
  npm run reproject -- --login NAME --channel ID one channel
${optionsHelp}`;

const record: Projection = {
  name: "reproject",
  start: (client, channelId) => client.call(reprojectChannel, { params: { channelId } }),
  startDirectMessages: (client, query) => client.call(reprojectDirectMessages, { query }),
  projectedSeq: ({ recordedSeq }) => recordedSeq,
  backlog: ({ behind }) => behind,
};

await runCommand(help, (argv) => rebuildProjection(record, argv));
