/**
 * Objects as an earlier release has them, for a current Worker to call: they lack methods that were added later, and hubs ignore planned
 * sockets. Used only by the end-to-end tests.
 */
import { UserHub } from "../../src/user-object/user-hub.ts";
import { ChannelRoom } from "../../src/channel-object/index.ts";

const lacks = (prototype: object, method: string) => Reflect.deleteProperty(prototype, method);
lacks(ChannelRoom.prototype, "events");
lacks(ChannelRoom.prototype, "read");
lacks(ChannelRoom.prototype, "executeIfHeld");
lacks(UserHub.prototype, "createTicket");
lacks(UserHub.prototype, "logIn");

const { checkSession } = UserHub.prototype;
UserHub.prototype.checkSession = function (sessionId, channelId, generation) {
  return checkSession.call(this, sessionId, channelId, generation);
};

export { ChannelRoom, UserHub };

export { PasswordHasher } from "../../src/password-hasher/password-hasher.ts";
export { JobRunner } from "../../src/job-runner/job-runner.ts";
export { WebhookSender } from "../../src/webhook-sender/webhook-sender.ts";
export { Mailer } from "../../src/mail/mailer.ts";
export { RateLimiter } from "../../src/rate-limiter/rate-limiter.ts";

// oxlint-disable-next-line import/no-default-export
export default { fetch: () => new Response(null, { status: 404 }) } satisfies ExportedHandler<Env>;
