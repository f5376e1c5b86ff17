export { ephemeralRoutes } from "./routes.ts";
export { type NewEphemeralMessage, sendEphemeral } from "./send-ephemeral.ts";
