import { type Context, Hono } from "hono";
import { confirmsAddresses, mailDriver, registrationMode } from "../../domain/registration-mode.ts";
import { authenticate } from "../../http/authenticate.ts";
import type { AppEnv } from "../../http/context.ts";
import { reply } from "../../http/reply.ts";
import { body } from "../../http/validate.ts";
import * as api from "../../protocol/index.ts";
import { recordAudit } from "../audit/index.ts";
import { requestConfirmation, requestEmailChange } from "./change-email.ts";
import { clientAddress } from "../../http/client-address.ts";
import { confirmEmail } from "./confirm-email.ts";
import { delayRejections } from "./delay-rejections.ts";
import { requestPasswordReset, resetPassword } from "./reset-password.ts";

const originOf = (c: Context<AppEnv>): string => new URL(c.req.url).origin;

const requesterOf = (c: Context<AppEnv>) => ({
  actor: c.var.actor,
  address: clientAddress(c.var.config, c.req.raw),
  origin: originOf(c),
});

/** Routes of accounts that work by mail: confirmed addresses and forgotten passwords. */
export const accountRoutes = new Hono<AppEnv>()
  .get(api.getRegistration.path, (c) => {
    const { config } = c.var;
    const mode = registrationMode(config);
    c.header("Cache-Control", "no-store");
    return reply(c, api.getRegistration, {
      mode,
      domains: mode === "domain" ? config.REGISTRATION_DOMAINS : [],
      confirmsEmail: confirmsAddresses(config),
      sendsMail: mailDriver(config) !== undefined,
    });
  })

  .post(api.forgotPassword.path, delayRejections, body(api.forgotPassword.body), async (c) => {
    const by = { address: clientAddress(c.var.config, c.req.raw), origin: originOf(c) };
    await requestPasswordReset(c.env, c.var.config, by, c.req.valid("json").login);
    return reply(c, api.forgotPassword);
  })

  .post(api.resetPassword.path, delayRejections, body(api.resetPassword.body), async (c) => {
    const { id } = await resetPassword(c.env, c.var.config, originOf(c), c.req.valid("json"));
    recordAudit(c, { action: "account.reset_password", objectId: id, actorId: id });
    return reply(c, api.resetPassword);
  })

  .post(api.confirmEmail.path, delayRejections, body(api.confirmEmail.body), async (c) => {
    const { token } = c.req.valid("json");
    const { kind, row } = await confirmEmail(c.env, c.var.config, { token, origin: originOf(c) });
    const by = { objectId: row.id, actorId: row.id };
    if (kind === "registration") {
      recordAudit(c, { action: "account.register", ...by, detail: { role: row.role } });
      if (row.inviteId) recordAudit(c, { action: "invite.use", objectId: row.inviteId, actorId: row.id });
    }
    recordAudit(c, { action: kind === "change" ? "account.change_email" : "account.confirm_email", ...by });
    return reply(c, api.confirmEmail);
  })

  .post(api.resendConfirmation.path, authenticate(), delayRejections, async (c) => {
    await requestConfirmation(c.env, c.var.config, requesterOf(c));
    return reply(c, api.resendConfirmation);
  })

  .put(api.changeEmail.path, authenticate(), delayRejections, body(api.changeEmail.body), async (c) => {
    await requestEmailChange(c.env, c.var.config, requesterOf(c), c.req.valid("json"));
    return reply(c, api.changeEmail);
  });
