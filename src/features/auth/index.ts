export { deriveRefreshToken, isGenuine, judgeGeneration, type PresentedToken } from "./refresh-tokens.ts";
export { authRoutes } from "./routes.ts";
