import type { Config } from "../../../config.ts";
import type { Acknowledgement } from "../../../domain/command-run.ts";
import { reject } from "../../../errors/app-error.ts";
import type { CommandAnswer, CommandInvocation } from "../../../protocol/index.ts";
import type { RunnableCommand } from "../registry.ts";
import { socketDelivery } from "./socket-delivery.ts";
import { urlDelivery } from "./url-delivery.ts";

/** What a delivery needs besides the command and its invocation. */
export interface DeliveryContext {
  env: Env;
  config: Config;
}

/**
 * How the bot acknowledged an invocation. `answer`: its answer, which is still to be shown. `shown`: what it has answered at the response URL
 * in the meantime.
 */
export type Delivered = { answer: CommandAnswer | null } | { shown: Acknowledgement };

/** A way by which invocations reach a bot. */
export interface Delivery {
  /**
   * Delivers an invocation and waits until the bot acknowledges it, for at most `limits.commandAckMs`. May be called again with the same
   * invocation after a crash.
   *
   * @throws `bot_unavailable` if the bot can't be reached, does not acknowledge in time, or answers with something else than an answer
   */
  deliver(context: DeliveryContext, command: RunnableCommand, invocation: CommandInvocation): Promise<Delivered>;
}

/** All deliveries, by the name that is stored with a command. A further one is added here. */
const deliveries: Readonly<Record<string, Delivery>> = { url: urlDelivery, socket: socketDelivery };

/** Delivers an invocation by the command's delivery. @throws `bot_unavailable` */
export async function deliverInvocation(
  context: DeliveryContext,
  command: RunnableCommand,
  invocation: CommandInvocation,
): Promise<Delivered> {
  const delivery = Object.hasOwn(deliveries, command.delivery) ? deliveries[command.delivery] : undefined;
  if (!delivery)
    return reject("bot_unavailable", `The server does not support the delivery of /${command.name}`);
  return delivery.deliver(context, command, invocation);
}
