import type { z } from "zod";
import type { Config } from "../../config.ts";
import { accountDatabase } from "../../db/index.ts";
import type { Actor } from "../../domain/actor.ts";
import { isNamed, isWorkspaceAdmin } from "../../domain/permissions.ts";
import { mailDriver, registrationMode } from "../../domain/registration-mode.ts";
import { invalidField, notFound, reject } from "../../errors/app-error.ts";
import { queueMail } from "../../http/queue-mail.ts";
import { newId } from "../../lib/ids.ts";
import { inParallel } from "../../lib/parallel.ts";
import { callObject, hubOf, roomOf } from "../../rpc/stubs.ts";
import { unwrap } from "../../rpc/rpc-result.ts";
import { emailKey } from "../../domain/email-key.ts";
import type { createInvite as endpoint } from "../../protocol/index.ts";
import { type InviteRow, inviterRoles } from "./invite.ts";
import { insertInvite } from "./queries.ts";

const defaultLifetimeMs = 7 * 24 * 3_600_000;
const maxLifetimeMs = 90 * 24 * 3_600_000;

/** Checks that a role may create, list and revoke invites. @throws `forbidden` */
export function requireInviter(config: Pick<Config, "INVITES_BY">, { role }: Actor): void {
  if (!inviterRoles(config).includes(role)) reject("forbidden", "You are not permitted to invite users");
}

/**
 * Creates an invite, and sends it if it is bound to an address and the server sends mail.
 *
 * @throws `forbidden`; `conflict` if registration is closed; `not_found` for a channel of which the actor is not a member; `validation_failed`
 *   for an expiry in the past or too far ahead; `rate_limited`
 */
export async function createInvite(
  env: Env,
  config: Config,
  { actor, origin }: { actor: Actor; origin: string },
  given: z.output<(typeof endpoint)["body"]>,
): Promise<InviteRow> {
  requireInviter(config, actor);
  if (registrationMode(config) === "closed")
    reject("conflict", "Registration is closed, so an invite could not be used");
  const nowMs = Date.now();
  const { email, role = "member", maxUses = 1 } = given;
  const expiresAt = given.expiresAt ? Date.parse(given.expiresAt) : nowMs + defaultLifetimeMs;
  if (expiresAt <= nowMs || expiresAt > nowMs + maxLifetimeMs)
    throw invalidField("expiresAt", "Must be within the next 90 days");
  if (email !== undefined && maxUses !== 1)
    throw invalidField("maxUses", "Must be 1 in an invite for one address");
  const channelIds = [...new Set(given.channelIds)];
  await requireMembership(env, actor, channelIds);
  unwrap(await callObject(() => hubOf(env, actor.userId).spendQuota("invites")));
  const id = newId("inv", nowMs);
  if (email !== undefined && mailDriver(config))
    await queueMail(env, { kind: "invite", inviteId: id }, { origin, followsWrite: true });
  return insertInvite(accountDatabase(env), {
    id,
    createdBy: actor.userId,
    role,
    email: email ?? null,
    emailKey: email === undefined ? null : emailKey(email),
    // A member could register with the token themselves, under the address of another person.
    confirmsEmail: email !== undefined && isWorkspaceAdmin(actor.role),
    channelIds,
    maxUses,
    createdAt: nowMs,
    expiresAt,
  });
}

/** Checks that the actor is a member of these channels, and that they have names. @throws `not_found` */
async function requireMembership(env: Env, actor: Actor, channelIds: readonly string[]): Promise<void> {
  if (channelIds.length === 0) return;
  const admitted = await callObject(() => hubOf(env, actor.userId).admittedChannels([...channelIds]));
  // Only rooms that exist are called: an invented id must not start one.
  if (admitted.length < channelIds.length) notFound("channel");
  await inParallel(channelIds, 6, async (channelId) => {
    const room = () => roomOf(env, channelId);
    const { role } = unwrap(await callObject(() => room().admit(actor)));
    const { type } = unwrap(await callObject(() => room().snapshot(actor)));
    if (role === null || !isNamed(type)) notFound("channel");
  });
}
