import type { Config } from "../../config.ts";
import type { AccountFacts } from "../../domain/actor.ts";
import { sessionOfToken, tokenOfSession, type TokenGrant, type TokenKind } from "../../domain/token-grant.ts";
import { newTokenText, tokenHash } from "../../domain/token-text.ts";
import { AppError } from "../../errors/app-error.ts";
import { newId } from "../../lib/ids.ts";
import { isoTime } from "../../lib/time.ts";
import type { Token } from "../../protocol/index.ts";
import { failure, type RpcResult } from "../../rpc/rpc-result.ts";
import type { HubState } from "../hub-state.ts";
import type { RoomCall } from "../room-sync/room-outbox.ts";
import { noSession, noSuch } from "../rpc-failures.ts";
import type { TokenSession, TokenRecord } from "./sessions.ts";

/** A token that is to be created. */
export interface NewToken {
  kind: TokenKind;
  name: string;
  grant: TokenGrant;
  /** In ms since 1970; null: valid until it is revoked. */
  expiresAt: number | null;
  /** The session that creates it, if its user does: it must still be live. */
  bySession?: string;
  /** The server key that creates it. */
  keyId?: string;
}

/** A token with its text, which is nowhere stored. */
export interface CreatedToken {
  token: Token;
  accessToken: string;
}

/** Beyond this number of tokens of server keys, a new one ends the one that expires first. */
const maxAppTokens = 100;
/** How long the session lives by which a server key acts for a user, and when another one replaces it. */
const keySessionMs = 24 * 3_600_000;
const renewKeySessionMs = 3_600_000;

const isListed = ({ token: { kind } }: TokenSession): boolean => kind === "pat" || kind === "bot";

/**
 * Tokens of the user: create, list and revoke them. A token is a session of this hub without a refresh token, so that its end closes its
 * sockets and rooms admit it as they do sessions.
 */
export class TokenService {
  readonly #hub: HubState;
  readonly #config: Pick<Config, "REFRESH_TOKEN_KEY" | "USER_TOKENS">;

  constructor(hub: HubState, config: Pick<Config, "REFRESH_TOKEN_KEY" | "USER_TOKENS">) {
    this.#hub = hub;
    this.#config = config;
  }

  /**
   * Creates a token. Fails with `unauthenticated` when the account is suspended, its credentials have changed since the caller read them, or
   * `bySession` is not live; with `conflict` at the limit of tokens.
   *
   * @param account the account as D1 has it; absent: as the hub has it
   */
  async create(input: NewToken, account?: AccountFacts): Promise<RpcResult<CreatedToken>> {
    const { kind, grant, expiresAt, name, keyId, bySession } = input;
    const hub = this.#hub;
    const nowMs = Date.now();
    const creator = bySession === undefined ? undefined : hub.liveSession(bySession);
    if (bySession !== undefined && !creator) return noSession();
    const tokenId = newId("tok", nowMs);
    const accessToken = newTokenText(this.#config.REFRESH_TOKEN_KEY, {
      kind,
      userId: hub.userId,
      tokenId,
      grant,
      expiresAt,
    });
    const record = { kind, name, grant, expiresAt, hash: tokenHash(accessToken), ...(keyId && { keyId }) };
    const hasSecondFactor = creator?.hasSecondFactor ?? false;
    const added = await this.#add(tokenId, { record, hasSecondFactor }, account, nowMs);
    return added.ok ? { ok: true, value: { token: presentToken(added.value), accessToken } } : added;
  }

  /** Lists the tokens that the user or an admin has created, newest first. */
  list(): Token[] {
    if (!this.#hub.exists) return [];
    return this.#hub.sessions.listTokens(Date.now()).filter(isListed).map(presentToken);
  }

  /** Ends a token and closes its sockets, as `SessionService.end` does. Fails with `not_found` when it is not live. */
  async revoke(tokenId: string): Promise<RpcResult<null>> {
    const hub = this.#hub;
    const id = sessionOfToken(tokenId);
    const session = hub.liveSession(id);
    if (!session?.token || !isListed({ ...session, token: session.token })) return noSuch("token");
    await hub.commitAndCallRooms(() => hub.endSessions([id], Date.now()));
    return { ok: true, value: null };
  }

  /**
   * Returns the session by which a server key acts for the user. Repeated calls return the same one, until an hour before it expires.
   *
   * @returns the session and when it expires, in ms since 1970
   */
  async sessionOfKey(
    keyId: string,
    grant: TokenGrant,
    account: AccountFacts,
  ): Promise<RpcResult<{ sessionId: string; expiresAt: number }>> {
    const nowMs = Date.now();
    const tokens = this.#hub.exists ? this.#hub.sessions.listTokens(nowMs) : [];
    const present = tokens.find(({ token }) => token.kind === "key" && token.keyId === keyId);
    const until = present?.token.expiresAt ?? 0;
    if (present && until > nowMs + renewKeySessionMs)
      return { ok: true, value: { sessionId: present.id, expiresAt: until } };
    const expiresAt = nowMs + keySessionMs;
    const record: TokenRecord = { kind: "key", name: keyId, grant, expiresAt, hash: "", keyId };
    const token = { record, hasSecondFactor: false };
    const added = await this.#add(newId("tok", nowMs), token, account, nowMs);
    return added.ok ? { ok: true, value: { sessionId: added.value.id, expiresAt } } : added;
  }

  async #add(
    tokenId: string,
    { record: token, hasSecondFactor }: { record: TokenRecord; hasSecondFactor: boolean },
    account: AccountFacts | undefined,
    nowMs: number,
  ): Promise<RpcResult<TokenSession>> {
    const hub = this.#hub;
    if (account) hub.create();
    if (!hub.exists) return noSession();
    let outcome: RpcResult<TokenSession> = noSession();
    const calls = hub.commit((): RoomCall[] => {
      const queued = account ? hub.applyAccount(account, nowMs) : [];
      const { current } = hub.account;
      if (!current?.active || (account && account.credentialVersion < current.credentialVersion))
        return queued;
      if (token.kind === "pat" || token.kind === "bot") {
        const count = hub.sessions.listTokens(nowMs).filter(isListed).length;
        if (count >= this.#config.USER_TOKENS) {
          outcome = tooManyTokens(this.#config.USER_TOKENS);
          return queued;
        }
      } else queued.push(...hub.endSessions(this.#firstToExpire(nowMs), nowMs));
      const { credentialVersion } = current;
      const session = {
        ...newTokenSession(tokenId, token, nowMs),
        credentialVersion,
        hasSecondFactor,
      };
      hub.sessions.add(session);
      hub.scheduleExpiry();
      outcome = { ok: true, value: session };
      return queued;
    });
    await hub.deliverToRooms(calls);
    return outcome;
  }

  /** Returns the tokens of server keys beyond the limit, so that one more fits. */
  #firstToExpire(nowMs: number): string[] {
    return this.#hub.sessions
      .listTokens(nowMs)
      .filter((session) => !isListed(session))
      .sort((a, b) => (b.token.expiresAt ?? 0) - (a.token.expiresAt ?? 0))
      .slice(maxAppTokens - 1)
      .map(({ id }) => id);
  }
}

const newTokenSession = (
  tokenId: string,
  token: TokenRecord,
  nowMs: number,
): Omit<TokenSession, "credentialVersion" | "hasSecondFactor"> => ({
  id: sessionOfToken(tokenId),
  device: "token",
  addressPrefix: "unknown",
  createdAt: nowMs,
  lastUsedAt: 0,
  generation: 0,
  rotatedAt: nowMs,
  salt: "",
  receipts: [],
  token,
});

const presentToken = ({ id, createdAt, lastUsedAt, token }: TokenSession): Token => ({
  id: tokenOfSession(id),
  name: token.name,
  scopes: token.grant.scopes,
  channelIds: token.grant.channelIds,
  expiresAt: token.expiresAt === null ? null : isoTime(token.expiresAt),
  createdAt: isoTime(createdAt),
  lastUsedAt: lastUsedAt === 0 ? null : isoTime(lastUsedAt),
});

const tooManyTokens = (max: number) =>
  failure(
    new AppError({
      code: "conflict",
      detail: `There are ${max} tokens, which is the limit for one user; revoke one first`,
    }),
  );
