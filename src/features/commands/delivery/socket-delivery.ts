import type { ShownAnswer } from "../../../domain/command-run.ts";
import { reject } from "../../../errors/app-error.ts";
import { limits } from "../../../protocol/index.ts";
import { callObject, hubOf } from "../../../rpc/stubs.ts";
import type { Delivery } from "./delivery.ts";

/** Sends the signal `commandInvoke` to a socket of the bot, which acknowledges at the response URL. Nothing is stored for a bot without a socket. */
export const socketDelivery: Delivery = {
  async deliver({ env }, { name, botId }, invocation) {
    // Not repeated: the lost call may have sent the signal.
    const isSent = await callObject(() => hubOf(env, botId).deliverInvocation(invocation), { tries: 1 });
    if (!isSent)
      reject("bot_unavailable", `The bot of /${name} is not connected; start it, or try again later`);
    const { userId, id } = invocation;
    const { isAcknowledged, shown } = await callObject(() =>
      hubOf(env, userId).waitForCommand(id, limits.commandAckMs),
    );
    if (!isAcknowledged)
      reject(
        "bot_unavailable",
        `The bot of /${name} did not acknowledge the command within ${limits.commandAckMs / 1_000} s`,
      );
    return {
      shown: shown === null ? { ephemeral: null, message: null } : (JSON.parse(shown) as ShownAnswer),
    };
  },
};
