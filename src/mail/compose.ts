import { eq } from "drizzle-orm";
import type { Config } from "../config.ts";
import { accountDatabase, type Database, invites, pendingRegistrations, users } from "../db/index.ts";
import type { MailJob, QueuedMail } from "../domain/mail-jobs.ts";
import {
  confirmTokenMs,
  inviteToken,
  newConfirmToken,
  newResetToken,
  resetTokenMs,
} from "../domain/mail-tokens.ts";
import { assertNever } from "../errors/app-error.ts";
import { emailKey } from "../domain/email-key.ts";
import { findByLogin } from "../features/auth/index.ts";
import { inviteState, mayInvite } from "../features/invites/index.ts";
import { findUser, type UserRow } from "../features/users/index.ts";
import { findSubscription } from "../features/event-subscriptions/index.ts";
import type { Mail } from "./mail-driver.ts";
import { renderMail, type TemplateInput, type TemplateName } from "./templates.ts";

/** A mail. `isNotice`: it informs the user about a change of the account. */
export interface ComposedMail {
  kind: "mail";
  mail: Mail;
  isNotice: boolean;
}

/** A mail; or why there is none: its write is not in D1 yet, or its reason does not exist or no longer applies. */
export type Composed = ComposedMail | { kind: "not_yet" } | { kind: "obsolete" };

const notYet: Composed = { kind: "not_yet" };
const obsolete: Composed = { kind: "obsolete" };

interface Reason {
  db: Database;
  config: Config;
  /** When the mail was queued, in ms since 1970. */
  queuedAt: number;
  nowMs: number;
  link: (page: string, token: string) => string;
}

/** Reads the reason of a mail in D1 and makes the mail. Links have their tokens in the fragment, which browsers send to no server. */
export async function composeMail(
  env: Env,
  config: Config,
  { job, origin }: QueuedMail,
  queuedAt: number,
): Promise<Composed> {
  const base = config.PUBLIC_URL ?? origin;
  const reason: Reason = {
    db: accountDatabase(env),
    config,
    queuedAt,
    nowMs: Date.now(),
    link: (page, token) => `${base}/${page}#token=${token}`,
  };
  switch (job.kind) {
    case "passwordReset":
      return passwordReset(reason, job.login);
    case "passwordChanged": {
      const row = await findUser(reason.db, job.userId);
      if (!row || row.credentialVersion < job.credentialVersion) return notYet;
      return notice(reason, "passwordChanged", row);
    }
    case "registration":
      return registration(reason, job.pendingId);
    case "confirmAddress": {
      const row = await findUser(reason.db, job.userId);
      if (!row) return notYet;
      if (row.emailConfirmedAt !== null || !receivesMail(row)) return obsolete;
      const { id: userId, emailKey: key } = row;
      const token = confirmToken(reason, { kind: "address", userId, emailKey: key });
      return mail(reason, "confirmAddress", row.email, { link: reason.link("confirm-email", token) });
    }
    case "changeAddress":
      return changeAddress(reason, job);
    case "addressChanged": {
      const row = await findUser(reason.db, job.userId);
      if (!row || row.emailKey !== job.emailKey) return notYet;
      return mail(reason, "addressChanged", job.email, {}, { isNotice: true });
    }
    case "subscriptionDisabled": {
      const subscription = await findSubscription(env, job.subscriptionId);
      const row = await findUser(reason.db, job.userId);
      if (!subscription || !row || !receivesMail(row)) return obsolete;
      if (subscription.state !== "disabled") return notYet;
      return mail(reason, "subscriptionDisabled", row.email, { name: subscription.name }, { isNotice: true });
    }
    case "invite":
      return invitation(reason, job.inviteId);
    default:
      return assertNever(job);
  }
}

async function passwordReset(reason: Reason, login: string): Promise<Composed> {
  const row = await findByLogin(reason.db, login);
  if (!row || !receivesMail(row)) return obsolete;
  const token = newResetToken(reason.config.REFRESH_TOKEN_KEY, {
    userId: row.id,
    credentialVersion: row.credentialVersion,
    emailKey: row.emailKey,
    expiresAt: reason.queuedAt + resetTokenMs,
  });
  return mail(reason, "passwordReset", row.email, { link: reason.link("reset-password", token) });
}

async function registration(reason: Reason, pendingId: string): Promise<Composed> {
  const { db } = reason;
  const [pending] = await db
    .select()
    .from(pendingRegistrations)
    .where(eq(pendingRegistrations.id, pendingId));
  if (!pending) return notYet;
  const owner = await db.select().from(users).where(eq(users.emailKey, pending.emailKey)).get();
  if (owner) return receivesMail(owner) ? mail(reason, "alreadyRegistered", owner.email) : obsolete;
  const token = confirmToken(reason, { kind: "registration", pendingId });
  return mail(reason, "confirmRegistration", pending.email, { link: reason.link("confirm-email", token) });
}

async function changeAddress(
  reason: Reason,
  { userId, emailKey: key, credentialVersion, email }: Extract<MailJob, { kind: "changeAddress" }>,
): Promise<Composed> {
  const row = await findUser(reason.db, userId);
  if (!row || row.emailKey !== key || !isUsable(row)) return obsolete;
  if (row.credentialVersion !== credentialVersion) return obsolete;
  const owner = await reason.db
    .select()
    .from(users)
    .where(eq(users.emailKey, emailKey(email)))
    .get();
  if (owner && owner.id !== userId)
    return receivesMail(owner) ? mail(reason, "addressTaken", owner.email) : obsolete;
  const token = confirmToken(reason, { kind: "change", userId, emailKey: key, credentialVersion, email });
  return mail(reason, "changeAddress", email, { link: reason.link("confirm-email", token) });
}

async function invitation(reason: Reason, inviteId: string): Promise<Composed> {
  const [invite] = await reason.db.select().from(invites).where(eq(invites.id, inviteId));
  if (!invite) return notYet;
  const inviter = await findUser(reason.db, invite.createdBy);
  if (!invite.email || !inviter || !mayInvite(reason.config, inviter)) return obsolete;
  if (inviteState(invite, reason.nowMs) !== "active") return obsolete;
  const token = inviteToken(reason.config.REFRESH_TOKEN_KEY, inviteId);
  return mail(reason, "invite", invite.email, {
    link: reason.link("invite", token),
    name: inviter.displayName,
  });
}

/** Whether a person uses an account. Suspended users receive no mail, so that a suspension cannot be probed or undone by mail. */
const isUsable = ({ active, isBot, erasedAt }: UserRow): boolean => active && !isBot && erasedAt === null;

/** Whether mail may be sent to an account. The user of an application may have no address. */
const receivesMail = (row: UserRow): boolean => isUsable(row) && row.email !== "";

const notice = (reason: Reason, template: TemplateName, row: UserRow): Composed =>
  receivesMail(row) ? mail(reason, template, row.email, {}, { isNotice: true }) : obsolete;

type Unsigned<T> = T extends { expiresAt: number } ? Omit<T, "expiresAt"> : never;

const confirmToken = (
  { config, queuedAt }: Reason,
  claims: Unsigned<Parameters<typeof newConfirmToken>[1]>,
): string => newConfirmToken(config.REFRESH_TOKEN_KEY, { ...claims, expiresAt: queuedAt + confirmTokenMs });

const mail = (
  { config }: Reason,
  template: TemplateName,
  to: string,
  input: Omit<TemplateInput, "workspace"> = {},
  { isNotice = false } = {},
): Composed => ({
  kind: "mail",
  mail: renderMail(template, to, { workspace: config.WORKSPACE_NAME, ...input }),
  isNotice,
});
