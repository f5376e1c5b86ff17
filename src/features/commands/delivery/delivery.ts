import type { Config } from "../../../config.ts";
import type { ShownAnswer } from "../../../domain/command-run.ts";
import type { CommandAnswer, CommandInvocation } from "../../../protocol/index.ts";
import type { RunnableCommand } from "../registry.ts";

/** What a delivery needs besides the command and its invocation. */
export interface DeliveryContext {
  env: Env;
  config: Config;
}

/**
 * How the bot acknowledged an invocation. `answer`: its answer, which is still to be shown. `shown`: what it has answered at the response URL
 * in the meantime.
 */
export type Delivered = { answer: CommandAnswer | null } | { shown: ShownAnswer };

/** A way by which invocations reach a bot. */
export interface Delivery {
  /**
   * Delivers an invocation and waits until the bot acknowledges it, for at most `limits.commandAckMs`. May be called again with the same
   * invocation after a crash.
   *
   * @throws `bot_unavailable` if the bot can't be reached, does not acknowledge in time, or answers with something else than an answer
   */
  deliver(
    context: DeliveryContext,
    command: RunnableCommand,
    invocation: CommandInvocation,
  ): Promise<Delivered>;
}
