import { callObject, roomOf } from "../../rpc/stubs.ts";

/** The questions that a hub asks rooms about the sockets of its user. */
export class RoomClient {
  readonly #env: Env;
  readonly #userId: string;

  constructor(env: Env, userId: string) {
    this.#env = env;
    this.#userId = userId;
  }

  /** Returns whether the user has an open socket to the room without a gateway. */
  hasSocket(channelId: string): Promise<boolean> {
    return callObject(() => roomOf(this.#env, channelId).hasSocket(this.#userId));
  }

  /** Returns the ids of the user's open sockets to the room. @param counted the ids that the hub counts; it drops those that are not open */
  socketIds(channelId: string, counted: string[]): Promise<string[]> {
    return callObject(() => roomOf(this.#env, channelId).socketIds(this.#userId, counted));
  }
}
