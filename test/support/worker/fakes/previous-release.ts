import { vi } from "vitest";
import { ChannelRoom } from "../../../../src/channel-object/index.ts";

/** Lets rooms answer as those of the previous release, without the methods that this release adds, while `work` runs. */
export async function withPreviousRooms<T>(work: () => Promise<T>): Promise<T> {
  const missing = (name: string) =>
    new TypeError(`The RPC receiver does not implement the method "${name}".`);
  const spies = (["read", "executeIfHeld"] as const).map((name) =>
    vi.spyOn(ChannelRoom.prototype, name).mockImplementation(() => Promise.reject(missing(name))),
  );
  try {
    return await work();
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
