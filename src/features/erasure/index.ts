export { eraseAccountJob } from "./erase-account.ts";
export { purgeChannelJob } from "./purge-channel.ts";
export { erasureRoutes } from "./routes.ts";
