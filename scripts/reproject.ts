import { reprojectChannel, reprojectDirectMessages } from "../src/client/index.ts";
import { runCommand } from "./support/command.ts";
import { optionsHelp, type Target, writeAnew } from "./support/write-anew.ts";

const help = `
Rebuilds what D1 holds of channels from the channels' own logs, room by room, while the server goes on serving.

  npm run reproject -- --login NAME              all channels, and all direct messages
  npm run reproject -- --login NAME --channel ID one channel
${optionsHelp}`;

const record: Target = {
  name: "reproject",
  begin: (client, channelId) => client.call(reprojectChannel, { params: { channelId } }),
  beginDirectMessages: (client, query) => client.call(reprojectDirectMessages, { query }),
  reached: ({ recordedSeq }) => recordedSeq,
  lacking: ({ behind }) => behind,
};

await runCommand(help, (argv) => writeAnew(record, argv));
