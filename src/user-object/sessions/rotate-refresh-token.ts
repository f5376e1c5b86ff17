import { logLine } from "../../lib/log-line.ts";
import { isGenuine, judgeGeneration, type PresentedToken } from "../../features/auth/index.ts";
import type { SessionRecord } from "./sessions.ts";
import type { HubState } from "../hub-state.ts";

/**
 * Trades a refresh token for the next one: the session at the generation whose token to hand out, or undefined for a token
 * that is not valid. One whose successor is in use ends the session, since one of the two users is a thief.
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
      message: "refresh token reused: session ended",
      userId: hub.userId,
      sessionId: session.id,
    });
    await hub.commitAndCallRooms(() => hub.endSessions([session.id], nowMs));
  }
  return undefined;
}
