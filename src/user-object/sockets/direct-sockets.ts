import { inParallel, settledWithin } from "../../lib/parallel.ts";
import type { HubState } from "../hub-state.ts";
import type { RoomClient } from "../room-sync/room-client.ts";

/** The user's most recent rooms, which are the likeliest to have a socket. */
const maxRoomsAsked = 20;
const roomsAtOnce = 10;
/** A room that does not answer in this time counts as having no socket. */
const roomTimeoutMs = 1_000;

/**
 * The user's sockets to rooms without a gateway. Rooms are asked whenever the answer is needed, because a stored list would be wrong after
 * a crash of a room.
 */
export class DirectSockets {
  readonly #hub: HubState;
  readonly #rooms: RoomClient;
  #pending: Promise<boolean> | undefined;

  constructor(hub: HubState, rooms: RoomClient) {
    this.#hub = hub;
    this.#rooms = rooms;
  }

  /** Returns whether the user has an open one. Concurrent calls share one answer. */
  hasAny(): Promise<boolean> {
    this.#pending ??= this.#askRooms().finally(() => {
      this.#pending = undefined;
    });
    return this.#pending;
  }

  async #askRooms(): Promise<boolean> {
    let found = false;
    const channelIds = this.#hub.attachments.directChannels(maxRoomsAsked);
    await inParallel(channelIds, roomsAtOnce, async (channelId) => {
      if (!found && (await this.#hasSocketIn(channelId))) found = true;
    });
    return found;
  }

  async #hasSocketIn(channelId: string): Promise<boolean> {
    const answer = this.#rooms.hasSocket(channelId).catch(() => undefined);
    const hasSocket = (await settledWithin(answer, roomTimeoutMs)) ? await answer : undefined;
    if (hasSocket === false) this.#hub.attachments.detachRoom(channelId, Date.now());
    return hasSocket === true;
  }
}
