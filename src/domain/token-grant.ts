import { z } from "zod";
import { AppError } from "../errors/app-error.ts";
import { TokenScope, type WorkspaceRole } from "../protocol/index.ts";

/** What a token permits. A session of a person has no grant and permits whatever the person may do. */
export const TokenGrant = z.object({
  scopes: z.array(TokenScope),
  /** Null: all channels of the user. */
  channelIds: z.array(z.string()).nullable(),
});
export type TokenGrant = z.infer<typeof TokenGrant>;

/** How a token came about: `pat` by its user, `bot` by an admin, `app` by a server key for a user of its application. */
export const tokenKinds = ["pat", "bot", "app"] as const;
export type TokenKind = (typeof tokenKinds)[number];

/** Returns whether a grant includes a scope. Without a grant the request belongs to a session, which has all of them. */
export const hasScope = (grant: TokenGrant | undefined, scope: TokenScope): boolean =>
  grant === undefined || grant.scopes.includes(scope);

/** Returns whether a grant includes a channel. */
export const includesChannel = (grant: TokenGrant | undefined, channelId: string): boolean =>
  !grant?.channelIds || grant.channelIds.includes(channelId);

/**
 * Returns the workspace role with which a token acts: an owner's or admin's token without the scope `admin` acts as that of a member. Rooms
 * give admins more rights than members.
 */
export const roleUnder = (scopes: readonly TokenScope[] | undefined, role: WorkspaceRole): WorkspaceRole =>
  scopes === undefined || scopes.includes("admin") || role === "guest" ? role : "member";

/** Makes the error of a token without a scope. */
export const missingScope = (scope: TokenScope): AppError =>
  new AppError({ code: "forbidden", detail: `This token does not have the scope \`${scope}\`` });

/** Checks a scope. @throws `forbidden` with the scope's name */
export function requireScope(grant: TokenGrant | undefined, scope: TokenScope): void {
  if (!hasScope(grant, scope)) throw missingScope(scope);
}

/** Returns the id of the session that a token is, in its user's hub and in rooms: the same ULID. */
export const sessionOfToken = (tokenId: string): string => tokenId.replace("tok_", "ses_");

/** Returns the id of the token that a session is. */
export const tokenOfSession = (sessionId: string): string => sessionId.replace("ses_", "tok_");
