export { filterKnownTo, isVisibleTo } from "./directory.ts";
export { eraseUser } from "./erase-user.ts";
export { presentSelf, presentUser, type UserRow } from "./present.ts";
export { accountFacts, findUser, readAccount, readOwnAccount } from "./queries.ts";
export { userRoutes } from "./routes.ts";
export { checkCustomStatus } from "./status-check.ts";
export { updateMe } from "./update-me.ts";
export { updateUser } from "./update-user.ts";
export { insertUserWords, replaceUserWords } from "./words.ts";
