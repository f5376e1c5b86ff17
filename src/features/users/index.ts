export { presentSelf, presentUser, type UserRow } from "./present.ts";
export { accountFacts, findUser, readAccount } from "./queries.ts";
export { userRoutes } from "./routes.ts";
export { checkCustomStatus } from "./status-check.ts";
