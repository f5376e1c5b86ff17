export {
  decideArchiveChannel,
  decideCreateChannel,
  decideUpdateChannel,
  isAlreadyCreated,
  type NewChannel,
} from "./decide.ts";
export { resolveStaleClaims } from "./names.ts";
export { prepareUpdateChannel } from "./prepare.ts";
export { projectChannels } from "./project.ts";
export { presentChannel } from "./queries.ts";
export { channelRoutes } from "./routes.ts";
export { ChannelTable, createChannelTable } from "./channel-table.ts";
