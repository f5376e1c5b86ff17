export { requireRecentSession, withProof } from "./prove.ts";
export { secondFactorRoutes } from "./routes.ts";
