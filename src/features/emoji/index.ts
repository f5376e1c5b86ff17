export { isKnownEmoji } from "./known-emoji.ts";
export { emojiRoutes } from "./routes.ts";
export { deleteAbandonedObjects } from "./unused-objects.ts";
