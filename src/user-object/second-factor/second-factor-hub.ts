import { DurableObject } from "cloudflare:workers";
import type { Config } from "../../config.ts";
import type {
  IssuedChallenge,
  NewPasskey,
  PasskeyScope,
  ProofOfUser,
  SecondFactorAnswer,
  SecondFactorChange,
  SecondFactorPolicy,
  SignedAssertion,
} from "../../domain/second-factor.ts";
import type { Passkey, SecondFactors } from "../../protocol/index.ts";
import type { RpcResult } from "../../rpc/rpc-result.ts";
import type { HubState } from "../hub-state.ts";
import type { NewSession } from "../sessions/begin-session.ts";
import type { Credentials, SessionService } from "../sessions/session-service.ts";
import { LoginChallenges, type LoginOutcome } from "./login-challenges.ts";
import { PolicySweep } from "./policy-sweep.ts";
import { SecondFactorService } from "./second-factor-service.ts";
import { SecretBox } from "./secret-box.ts";

/** The services behind the methods of `SecondFactorHub`. */
export interface SecondFactorParts {
  logins: LoginChallenges;
  factors: SecondFactorService;
  sweep: PolicySweep;
}

/** Makes the services of one hub. */
export function createSecondFactorParts(
  sql: SqlStorage,
  { env, config, hub, sessions }: { env: Env; config: Config; hub: HubState; sessions: SessionService },
): SecondFactorParts {
  const box = new SecretBox(config.SECOND_FACTOR_KEY ?? config.REFRESH_TOKEN_KEY, hub.userId);
  return {
    logins: new LoginChallenges(hub, { sessions, box, config }),
    factors: new SecondFactorService(hub, { box, config }),
    sweep: new PolicySweep(env, hub, sql),
  };
}

/** The methods of `UserHub` that the Worker calls for logins with a second factor, for the factors themselves, and for the policy. */
export abstract class SecondFactorHub extends DurableObject<Env> {
  protected abstract readonly secondFactorParts: SecondFactorParts;

  /** Begins a session, or issues the challenge of the account's second factor, after the caller verified the password or the identity. */
  async logIn(begin: NewSession): Promise<RpcResult<LoginOutcome>> {
    return this.secondFactorParts.logins.logIn(begin);
  }

  /** Issues a challenge to a live session that has not passed the second factor. */
  async challengeSession(sessionId: string): Promise<RpcResult<IssuedChallenge>> {
    return this.secondFactorParts.logins.challengeSession(sessionId);
  }

  /** Begins the session of a challenge whose answer is correct. */
  async answerSecondFactor(
    token: string,
    answer: SecondFactorAnswer,
    begin: NewSession,
  ): Promise<RpcResult<Credentials>> {
    return this.secondFactorParts.logins.answer(token, answer, begin);
  }

  /** Begins a session by a passkey that verified its user. */
  async logInWithPasskey(
    assertion: SignedAssertion,
    expected: PasskeyScope & { challenge: string },
    begin: NewSession,
  ): Promise<RpcResult<Credentials>> {
    return this.secondFactorParts.logins.logInWithPasskey(assertion, expected, begin);
  }

  /** Returns which second factors are enabled. */
  async listSecondFactors(sessionId: string): Promise<RpcResult<SecondFactors>> {
    return this.secondFactorParts.factors.list(sessionId);
  }

  /** Begins to enable an authenticator app. */
  async createTotp(sessionId: string): Promise<RpcResult<{ secret: string; uri: string }>> {
    return this.secondFactorParts.factors.createTotp(sessionId);
  }

  /** Enables the authenticator app by a code of it. */
  async confirmTotp(sessionId: string, code: string): Promise<RpcResult<{ recoveryCodes: string[] }>> {
    return this.secondFactorParts.factors.confirmTotp(sessionId, code);
  }

  /** Issues the challenge for a new passkey. */
  async beginPasskey(sessionId: string): Promise<RpcResult<{ challenge: string; excluded: string[] }>> {
    return this.secondFactorParts.factors.beginPasskey(sessionId);
  }

  /** Adds a passkey that answered the challenge. */
  async addPasskey(
    sessionId: string,
    created: NewPasskey,
  ): Promise<RpcResult<{ passkey: Passkey; recoveryCodes: string[] | null }>> {
    return this.secondFactorParts.factors.addPasskey(sessionId, created);
  }

  /** Lists the passkeys, oldest first. */
  async listPasskeys(): Promise<Passkey[]> {
    return this.secondFactorParts.factors.passkeys();
  }

  /** Renames a passkey. */
  async renamePasskey(passkeyId: string, name: string): Promise<RpcResult<Passkey>> {
    return this.secondFactorParts.factors.renamePasskey(passkeyId, name);
  }

  /** Removes a second factor or replaces the recovery codes, with a fresh proof. */
  async changeSecondFactors(
    sessionId: string,
    change: SecondFactorChange,
  ): Promise<RpcResult<{ recoveryCodes: string[] }>> {
    return this.secondFactorParts.factors.change(sessionId, change);
  }

  /** Verifies a fresh proof that the person at the session is its user, and uses up its code. */
  async proveUser(sessionId: string, proof: ProofOfUser): Promise<RpcResult<null>> {
    return this.secondFactorParts.factors.prove(sessionId, proof);
  }

  /** Removes all second factors and ends all sessions. */
  async resetSecondFactors(): Promise<void> {
    await this.secondFactorParts.factors.reset();
  }

  /** Applies what the workspace requires of sessions; may be repeated. */
  async applyPolicy(policy: SecondFactorPolicy): Promise<void> {
    await this.secondFactorParts.factors.applyPolicy(policy);
  }

  /** Announces a write of the workspace's settings, which an alarm then distributes to all hubs. */
  async announcePolicyChange(): Promise<void> {
    this.secondFactorParts.sweep.announce();
  }

  /** Begins to distribute the workspace's settings to all hubs. */
  async startPolicySweep(): Promise<void> {
    this.secondFactorParts.sweep.start();
  }

  /** Returns whether the settings have not yet reached all hubs, as far as this hub distributes them. */
  async isSweepingPolicy(): Promise<boolean> {
    return this.secondFactorParts.sweep.isRunning;
  }
}
