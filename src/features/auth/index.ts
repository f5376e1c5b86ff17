export {
  deriveRefreshToken,
  isGenuine,
  judgeGeneration,
  type PresentedToken,
  type Receipts,
  withReceipt,
} from "./refresh-tokens.ts";
export { AttemptLimits } from "./attempt-limits.ts";
export { countCode } from "./code-attempts.ts";
export { delayRejections } from "./delay-rejections.ts";
export { presentChallenge } from "./present-challenge.ts";
export { completeLogin, issueTokens } from "./log-in.ts";
export { deleteExpiredPending } from "./pending-registrations.ts";
export { verifyPassword } from "./passwords.ts";
export { findByLogin, hasOwner, insertAccount, type NewAccount } from "./queries.ts";
export { authRoutes } from "./routes.ts";
export { spendOnce } from "./single-use.ts";
