export { ephemeralRoutes } from "./routes.ts";
export { showEphemeral } from "./send-ephemeral.ts";
