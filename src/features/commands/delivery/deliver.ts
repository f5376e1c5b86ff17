import { reject } from "../../../errors/app-error.ts";
import type { CommandInvocation } from "../../../protocol/index.ts";
import type { RunnableCommand } from "../registry.ts";
import type { Delivered, Delivery, DeliveryContext } from "./delivery.ts";
import { slackDelivery } from "./slack-delivery.ts";
import { socketDelivery } from "./socket-delivery.ts";
import { urlDelivery } from "./url-delivery.ts";

/** All deliveries, by the name that is stored with a command. A further one is added here. */
const deliveries: Readonly<Record<string, Delivery>> = {
  url: urlDelivery,
  slack: slackDelivery,
  socket: socketDelivery,
};

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
