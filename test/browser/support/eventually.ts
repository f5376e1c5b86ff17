import { expect } from "vitest";

/** Repeats an assertion until it holds, for at most 30 s: enough for a machine with other load. */
export const eventually = <T>(read: () => T) => expect.poll(read, { timeout: 30_000 });
