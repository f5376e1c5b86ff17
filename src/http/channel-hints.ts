import { type Config, configOf } from "../config.ts";
import { useIntervals } from "../domain/session-use.ts";
import { LruMap } from "../lib/lru-map.ts";
import type { ErrorCode } from "../protocol/index.ts";
import type { AccessClaims } from "./access-tokens.ts";

/** Hints kept in one isolate, about 200 bytes each. */
const maxHints = 10_000;

/** What this isolate learned when a session was last admitted to a channel. */
interface Hint {
  /** When the user's hub last confirmed the session, and by a token of which generation. */
  checkedAtMs: number;
  generation: number;
  /** Whether the room held an open socket of the session. */
  isHeld: boolean;
}

/**
 * Which sessions were admitted to which channels before, in this isolate. A hint saves waiting and permits nothing: the hub or the room
 * decides about every request. Without a hint, the room is called only after the hub and the channel's visibility were checked, so
 * that a hidden or made-up channel neither starts an object nor takes another time.
 */
export class ChannelHints {
  readonly #hints = new LruMap<string, Hint>(maxHints);
  readonly #confirmMs: number;

  constructor({ SESSION_IDLE_MS }: Pick<Config, "SESSION_IDLE_MS">) {
    this.#confirmMs = useIntervals(SESSION_IDLE_MS).storeMs;
  }

  /** The number of hints, for tests of their limit. */
  get size(): number {
    return this.#hints.size;
  }

  /**
   * Returns how a request may proceed: `held`: the room may decide alone; `known`: room and hub may be called at the same time; undefined:
   * the room may not be called yet. A room decides alone for at most a minute, after which the hub is called again: it records that the session
   * is in use, and, for a new generation of tokens, that the client has received them.
   */
  find({ sessionId, generation }: AccessClaims, channelId: string): "held" | "known" | undefined {
    const hint = this.#hints.get(keyOf(sessionId, channelId));
    if (!hint) return undefined;
    const isConfirmed = hint.generation === generation && Date.now() - hint.checkedAtMs < this.#confirmMs;
    return hint.isHeld && isConfirmed ? "held" : "known";
  }

  /**
   * Records that the room admitted a session that the hub has confirmed.
   *
   * @param isHeld whether the room holds an open socket of the session; absent: as before
   */
  recordAdmitted({ sessionId, generation }: AccessClaims, channelId: string, isHeld?: boolean): void {
    const key = keyOf(sessionId, channelId);
    const held = isHeld ?? this.#hints.get(key)?.isHeld ?? false;
    this.#hints.set(key, { checkedAtMs: Date.now(), generation, isHeld: held });
  }

  /** Records that the room does not hold the session any more. */
  recordNotHeld({ sessionId }: AccessClaims, channelId: string): void {
    const hint = this.#hints.get(keyOf(sessionId, channelId));
    if (hint) hint.isHeld = false;
  }

  /** Forgets a session that hub or room rejected. Other errors say nothing about its access. */
  recordRejected({ sessionId }: AccessClaims, channelId: string, code: ErrorCode | undefined): void {
    if (code === "not_found" || code === "unauthenticated") this.#hints.delete(keyOf(sessionId, channelId));
  }
}

const keyOf = (sessionId: string, channelId: string): string => `${sessionId} ${channelId}`;

const byConfig = new WeakMap<Config, ChannelHints>();

/** Returns the hints of this isolate. */
export function channelHints(env: Env): ChannelHints {
  const config = configOf(env);
  let hints = byConfig.get(config);
  if (!hints) byConfig.set(config, (hints = new ChannelHints(config)));
  return hints;
}
