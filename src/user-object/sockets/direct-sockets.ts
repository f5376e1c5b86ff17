import { inParallel, settledWithin } from "../../lib/parallel.ts";
import { isoTime } from "../../lib/time.ts";
import type { UserPresence } from "../../protocol/index.ts";
import { toMinute } from "../presence/public-status.ts";
import type { HubState } from "../hub-state.ts";

const maxRoomsAsked = 20;
const roomsAtOnce = 10;
const roomTimeoutMs = 1_000;

/** Asks a room whether the user has a socket there. */
export type HasSocket = (channelId: string) => Promise<boolean>;

/** The user's sockets to rooms without a gateway. Rooms are asked when somebody wants to know: a kept list would be wrong after a crash. */
export class DirectSockets {
  readonly #hub: HubState;
  readonly #hasSocket: HasSocket;
  #pending: Promise<boolean> | undefined;

  constructor(hub: HubState, hasSocket: HasSocket) {
    this.#hub = hub;
    this.#hasSocket = hasSocket;
  }

  /** Whether there is one. A room that does not answer has none. */
  hasAny(): Promise<boolean> {
    this.#pending ??= this.#askRooms().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #askRooms(): Promise<boolean> {
    let found = false;
    await inParallel(this.#hub.attachments.directChannels(maxRoomsAsked), roomsAtOnce, async (channelId) => {
      if (!found && (await this.#hasSocketIn(channelId))) found = true;
    });
    return found;
  }

  async #hasSocketIn(channelId: string): Promise<boolean> {
    const answer = this.#hasSocket(channelId).catch(() => undefined);
    const has = (await settledWithin(answer, roomTimeoutMs)) ? await answer : undefined;
    if (has === false) this.#hub.attachments.detachRoom(channelId, Date.now());
    return has === true;
  }
}

/** How others see the user, there or not; who is suspended has no session by which to be. */
export async function presenceOf(hub: HubState, direct: DirectSockets): Promise<UserPresence> {
  const isThere = hub.devices.count > 0 || (await direct.hasAny());
  const nowMs = Date.now();
  hub.presence.update(nowMs);
  const { userId, presence, custom } = hub.publicStatus.current;
  const lastActiveAt = isThere && presence === "online" ? toMinute(nowMs) : hub.publicStatus.lastActiveAt;
  return {
    userId,
    presence: isThere ? presence : "offline",
    custom,
    lastActiveAt: lastActiveAt === null ? null : isoTime(lastActiveAt),
  };
}
