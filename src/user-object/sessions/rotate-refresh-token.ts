import { logLine } from "../../lib/log-line.ts";
import { isGenuine, judgeGeneration, type PresentedToken } from "../../features/auth/index.ts";
import type { SessionRecord } from "./sessions.ts";
import type { HubState } from "../hub-state.ts";

/**
 * Exchanges a refresh token for its successor. A token whose successor is already in use ends the session: two clients have the same
 * token, so it was stolen (RFC 9700 section 4.14.2, refresh token rotation).
 *
 * @param key the Worker's secret from which refresh tokens are derived
 * @returns the session at the generation whose token the client receives; undefined for a token that is not valid
 */
export async function rotateToken(
  hub: HubState,
  token: PresentedToken,
  key: string,
): Promise<SessionRecord | undefined> {
  const nowMs = Date.now();
  const session = token.userId === hub.userId ? hub.liveSession(token.sessionId) : undefined;
  if (!session || !isGenuine(key, token, session.salt)) return undefined;
  const verdict = judgeGeneration(token.generation, session, nowMs);
  if (verdict === "rotate") {
    hub.presence.recordActivity(nowMs);
    return { ...session, generation: hub.sessions.nextGeneration(session, nowMs) };
  }
  if (verdict === "repeat") return { ...session, generation: token.generation + 1 };
  if (verdict === "reuse") {
    logLine({
      level: "warn",
      message: "auth.refresh_token_reused",
      userId: hub.userId,
      sessionId: session.id,
    });
    await hub.commitAndCallRooms(() => hub.endSessions([session.id], nowMs));
  }
  return undefined;
}
