export {
  deriveRefreshToken,
  isGenuine,
  judgeGeneration,
  type PresentedToken,
  type Receipts,
  withReceipt,
} from "./refresh-tokens.ts";
export { findByLogin } from "./queries.ts";
export { authRoutes } from "./routes.ts";
