import type { Message } from "../../../protocol/index.ts";
import type { Typed } from "../run/run-registered.ts";
import type { Runner } from "../runner.ts";

/** What a command of the server did: a message that it created, or a text that only the user sees. */
export type BuiltInResult = { message: Message } | { reply: string };

/** A command of the server. */
export interface BuiltIn {
  /** Whether it needs the permission to post in the channel. Otherwise to read it. */
  posts: boolean;
  /**
   * Executes the command for its runner.
   *
   * @throws an error that the user can correct (`validation_failed`, `forbidden`, `not_found`, `conflict`), which is shown to them; or any other
   */
  run(runner: Runner, typed: Typed): Promise<BuiltInResult>;
}
