import type { Config } from "../../config.ts";
import type {
  IssuedChallenge,
  PasskeyScope,
  SecondFactorAnswer,
  SignedAssertion,
} from "../../domain/second-factor.ts";
import { newTicketText } from "../../domain/ticket-text.ts";
import { AppError } from "../../errors/app-error.ts";
import { failpoint } from "../../lib/failpoint.ts";
import { randomToken } from "../../lib/ids.ts";
import { failure, type RpcResult } from "../../rpc/rpc-result.ts";
import type { HubState } from "../hub-state.ts";
import { noSession } from "../rpc-failures.ts";
import type { NewSession } from "../sessions/begin-session.ts";
import type { Credentials, SessionService } from "../sessions/session-service.ts";
import { challengeMs } from "./challenges.ts";
import type { SecretBox } from "./secret-box.ts";
import { verifyAnswer, verifyPasskey } from "./verify-answer.ts";

/** A login that waits for its second factor, or its session. */
export type LoginOutcome = { challenge: IssuedChallenge } | { credentials: Credentials };

const challengeBytes = 32;

/** Logins: with a second factor if the account has one, or with a passkey alone. */
export class LoginChallenges {
  readonly #hub: HubState;
  readonly #sessions: SessionService;
  readonly #box: SecretBox;
  readonly #key: string;

  constructor(
    hub: HubState,
    { sessions, box, config }: { sessions: SessionService; box: SecretBox; config: Config },
  ) {
    this.#hub = hub;
    this.#sessions = sessions;
    this.#box = box;
    this.#key = config.REFRESH_TOKEN_KEY;
  }

  /**
   * Begins a session, or issues a challenge if the account has a second factor that the login has not passed. Fails with `unauthenticated`
   * as `SessionService.create` does.
   */
  async logIn(begin: NewSession): Promise<RpcResult<LoginOutcome>> {
    const hub = this.#hub;
    if (begin.hasSecondFactor || !hub.exists || !hub.secondFactors.isEnabled) {
      const credentials = await this.#sessions.create(begin);
      return credentials.ok ? { ok: true, value: { credentials: credentials.value } } : credentials;
    }
    const { account } = begin;
    const nowMs = Date.now();
    const calls = hub.commit(() => hub.applyAccount(account, nowMs));
    await hub.deliverToRooms(calls);
    const { current } = hub.account;
    if (!current?.active || current.credentialVersion > account.credentialVersion) return noSession();
    return { ok: true, value: { challenge: this.#issue(account.credentialVersion, null) } };
  }

  /** Issues a challenge to a live session; the session that the answer starts takes its place. Fails with `conflict` without a second factor. */
  challengeSession(sessionId: string): RpcResult<IssuedChallenge> {
    const session = this.#hub.liveSession(sessionId);
    if (!session) return noSession();
    if (!this.#hub.secondFactors.isEnabled)
      return failure(
        new AppError({ code: "conflict", detail: "You have no second factor; enable one first" }),
      );
    return { ok: true, value: this.#issue(session.credentialVersion, sessionId) };
  }

  /**
   * Begins the session of a challenge whose answer is correct. Challenge and answer are used up in the commit that stores the session.
   * Fails with `unauthenticated`; the challenge stays valid after a wrong answer.
   */
  async answer(
    token: string,
    answer: SecondFactorAnswer,
    begin: NewSession,
  ): Promise<RpcResult<Credentials>> {
    const hub = this.#hub;
    const issued = hub.exists ? hub.challenges.find("login", token, Date.now()) : undefined;
    if (!issued || issued.credentialVersion !== begin.account.credentialVersion) return expired();
    if (issued.sessionId !== null && !hub.liveSession(issued.sessionId)) return expired();
    const consume = await verifyAnswer(hub, this.#box, answer, issued.challenge);
    if (!consume) return wrongAnswer();
    failpoint("hub:before-end");
    let isCorrect = false;
    const credentials = await this.#sessions.create({ ...begin, hasSecondFactor: true }, () => {
      isCorrect = consume();
      // The session may have ended while the answer was verified.
      if (issued.sessionId !== null && !hub.liveSession(issued.sessionId)) return false;
      return isCorrect && hub.challenges.consume("login", token);
    });
    if (!credentials.ok) return isCorrect ? expired() : wrongAnswer();
    if (issued.sessionId !== null) await this.#sessions.end(issued.sessionId);
    return credentials;
  }

  /** Begins a session by a passkey that verified its user. The Worker has used up the challenge. Fails with `unauthenticated`. */
  async logInWithPasskey(
    assertion: SignedAssertion,
    { challenge, ...scope }: PasskeyScope & { challenge: string },
    begin: NewSession,
  ): Promise<RpcResult<Credentials>> {
    const hub = this.#hub;
    if (!hub.exists) return noSession();
    const expected = { ...scope, challenge, requireUserVerification: true };
    const consume = await verifyPasskey(hub, assertion, expected);
    if (!consume) return noSession();
    return this.#sessions.create({ ...begin, hasSecondFactor: true }, consume);
  }

  #issue(credentialVersion: number, sessionId: string | null): IssuedChallenge {
    const hub = this.#hub;
    const token = newTicketText(this.#key, hub.userId, "login");
    const challenge = randomToken(challengeBytes);
    const passkeys = hub.secondFactors.passkeys();
    hub.commit(() =>
      hub.challenges.add(token, { kind: "login", sessionId, credentialVersion, challenge }, Date.now()),
    );
    return {
      token,
      challenge,
      expiresIn: challengeMs / 1_000,
      methods: [
        ...(hub.secondFactors.activeTotp() ? (["totp"] as const) : []),
        ...(passkeys.length > 0 ? (["passkey"] as const) : []),
        ...(hub.secondFactors.recoveryCodeCount() > 0 ? (["recovery"] as const) : []),
      ],
      passkeys: passkeys.map(({ credentialId, transports }) => ({ credentialId, transports })),
    };
  }
}

const wrongAnswer = () =>
  failure(
    new AppError({ code: "unauthenticated", detail: "The code or passkey is wrong, or was used before" }),
  );
const expired = () =>
  failure(
    new AppError({ code: "unauthenticated", detail: "The login has expired or was completed; log in again" }),
  );
