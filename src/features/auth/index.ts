export { emailKey, insertAccount, type NewAccount } from "./queries.ts";
export {
  deriveRefreshToken,
  isGenuine,
  judgeGeneration,
  type PresentedToken,
  type Receipts,
  withReceipt,
} from "./refresh-tokens.ts";
export { authRoutes } from "./routes.ts";
