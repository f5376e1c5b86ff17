import type { Config } from "../../config.ts";
import type {
  NewPasskey,
  ProofOfUser,
  SecondFactorChange,
  SecondFactorPolicy,
} from "../../domain/second-factor.ts";
import { AppError } from "../../errors/app-error.ts";
import { randomToken } from "../../lib/ids.ts";
import type { Passkey, SecondFactors } from "../../protocol/index.ts";
import { failure, type RpcResult } from "../../rpc/rpc-result.ts";
import type { HubState } from "../hub-state.ts";
import { noSession, noSuch } from "../rpc-failures.ts";
import type { SessionRecord } from "../sessions/sessions.ts";
import { hashOfRecoveryCode, newRecoveryCodes } from "./recovery-codes.ts";
import { verifyNewPasskey } from "./register-passkey.ts";
import { maxPasskeys, presentPasskey } from "./second-factors.ts";
import type { SecretBox } from "./secret-box.ts";
import { newTotpSecret, stepOfCode, totpUri } from "./totp.ts";
import { verifyRecoveryCode, verifyTotp } from "./verify-answer.ts";

/** How long a new secret waits for the code that confirms it, in ms. */
const pendingMs = 15 * 60_000;
const challengeBytes = 32;

/** Enabling, listing and removing the user's second factors. A session must have passed the second factor to change them, if there is one. */
export class SecondFactorService {
  readonly #hub: HubState;
  readonly #box: SecretBox;
  readonly #config: Pick<Config, "REAUTHENTICATION_MS">;

  constructor(
    hub: HubState,
    { box, config }: { box: SecretBox; config: Pick<Config, "REAUTHENTICATION_MS"> },
  ) {
    this.#hub = hub;
    this.#box = box;
    this.#config = config;
  }

  list(sessionId: string): RpcResult<SecondFactors> {
    const session = this.#hub.liveSession(sessionId);
    if (!session) return noSession();
    const { secondFactors, policy } = this.#hub;
    return {
      ok: true,
      value: {
        totp: secondFactors.activeTotp() !== undefined,
        passkeys: secondFactors.passkeyCount(),
        recoveryCodes: secondFactors.recoveryCodeCount(),
        passed: session.hasSecondFactor,
        required: policy.current.isRequired,
      },
    };
  }

  /** Begins to enable an authenticator app; the secret has no effect until `confirmTotp`. */
  async createTotp(sessionId: string): Promise<RpcResult<{ secret: string; uri: string }>> {
    const session = this.#recentSession(sessionId);
    if (!session.ok) return session;
    const secret = newTotpSecret();
    const sealed = await this.#box.seal(secret);
    const { secondFactors, storedAccount } = this.#hub;
    if (secondFactors.activeTotp()) return alreadyEnabled();
    this.#hub.commit(() => secondFactors.setPendingTotp(sealed, Date.now()));
    return { ok: true, value: { secret, uri: totpUri(secret, storedAccount?.username ?? "") } };
  }

  /** Enables the authenticator app by a code of it. Its session counts as one that passed the second factor. */
  async confirmTotp(sessionId: string, code: string): Promise<RpcResult<{ recoveryCodes: string[] }>> {
    const session = this.#recentSession(sessionId);
    if (!session.ok) return session;
    const { secondFactors } = this.#hub;
    const pending = secondFactors.pendingTotp();
    if (!pending || pending.createdAt + pendingMs <= Date.now())
      return conflict("No authenticator app waits for its confirmation; begin again");
    const secret = await this.#box.open(pending.secret);
    const step = secret && (await stepOfCode(secret, code, Date.now()));
    if (!step) return wrongCode();
    const enabled = this.#hub.commit(() => {
      if (!secondFactors.activateTotp(pending, step, Date.now())) return undefined;
      this.#hub.sessions.recordSecondFactor(sessionId);
      return this.#newRecoveryCodes();
    });
    return enabled ? { ok: true, value: { recoveryCodes: enabled } } : alreadyEnabled();
  }

  /** Issues the challenge that a new passkey signs, and lists the credentials that exist. */
  beginPasskey(sessionId: string): RpcResult<{ challenge: string; excluded: string[] }> {
    const session = this.#recentSession(sessionId);
    if (!session.ok) return session;
    const { secondFactors, challenges } = this.#hub;
    if (secondFactors.passkeyCount() >= maxPasskeys) return tooManyPasskeys();
    const challenge = randomToken(challengeBytes);
    const { credentialVersion } = session.value;
    this.#hub.commit(() =>
      challenges.add(
        `${sessionId}|${challenge}`,
        { kind: "passkey", sessionId, credentialVersion, challenge },
        Date.now(),
      ),
    );
    return {
      ok: true,
      value: { challenge, excluded: secondFactors.passkeys().map(({ credentialId }) => credentialId) },
    };
  }

  /** Adds a passkey. Its session counts as one that passed the second factor. */
  async addPasskey(
    sessionId: string,
    created: NewPasskey,
  ): Promise<RpcResult<{ passkey: Passkey; recoveryCodes: string[] | null }>> {
    const session = this.#recentSession(sessionId);
    if (!session.ok) return session;
    const { secondFactors, challenges, sessions } = this.#hub;
    const key = `${sessionId}|${challengeOf(created.clientDataJSON)}`;
    const issued = challenges.find("passkey", key, Date.now());
    if (!issued) return invalidPasskey();
    const passkey = await verifyNewPasskey(created, issued.challenge);
    if (!passkey) return invalidPasskey();
    return this.#hub.commit(() => {
      if (!challenges.consume("passkey", key)) return invalidPasskey();
      if (secondFactors.passkeyByCredential(passkey.credentialId))
        return conflict("You have added this passkey before");
      if (secondFactors.passkeyCount() >= maxPasskeys) return tooManyPasskeys();
      secondFactors.addPasskey(passkey);
      sessions.recordSecondFactor(sessionId);
      const recoveryCodes = secondFactors.recoveryCodeCount() === 0 ? this.#newRecoveryCodes() : null;
      return { ok: true, value: { passkey: presentPasskey(passkey), recoveryCodes } };
    });
  }

  passkeys(): Passkey[] {
    return this.#hub.exists ? this.#hub.secondFactors.passkeys().map(presentPasskey) : [];
  }

  renamePasskey(passkeyId: string, name: string): RpcResult<Passkey> {
    if (!this.#hub.exists) return noSuch("passkey");
    const renamed = this.#hub.commit(() => this.#hub.secondFactors.renamePasskey(passkeyId, name));
    return renamed ? { ok: true, value: presentPasskey(renamed) } : noSuch("passkey");
  }

  /**
   * Removes a factor or replaces the recovery codes, with a fresh proof. Fails with `conflict` for the last factor where the workspace
   * requires one.
   *
   * @returns the new recovery codes; empty for other changes
   */
  async change(
    sessionId: string,
    change: SecondFactorChange,
  ): Promise<RpcResult<{ recoveryCodes: string[] }>> {
    const session = this.#managingSession(sessionId);
    if (!session.ok) return session;
    const consume = await this.#verifyProof(session.value, change.proof);
    if (!consume.ok) return consume;
    const { secondFactors } = this.#hub;
    return this.#hub.commit(() => {
      const problem = this.#problemOf(change);
      if (problem) return problem;
      if (!consume.value()) return wrongCode();
      if (change.kind === "replaceRecoveryCodes")
        return { ok: true, value: { recoveryCodes: this.#newRecoveryCodes() } };
      if (change.kind === "removeTotp") secondFactors.removeTotp();
      else secondFactors.removePasskey(change.passkeyId);
      if (!secondFactors.isEnabled) secondFactors.replaceRecoveryCodes([]);
      return { ok: true, value: { recoveryCodes: [] } };
    });
  }

  /** Removes all second factors and ends all sessions, for a user who lost their device. */
  async reset(): Promise<void> {
    const hub = this.#hub;
    if (!hub.exists) return;
    await hub.commitAndCallRooms(() => {
      hub.secondFactors.removeAll();
      return hub.endSessions(hub.sessions.ids(), Date.now());
    });
  }

  /** Stores what the workspace requires of sessions, and closes the sockets of those that have become restricted. */
  async applyPolicy(policy: SecondFactorPolicy): Promise<void> {
    const hub = this.#hub;
    if (hub.exists) await hub.commitAndCallRooms(() => hub.applyPolicy(policy, Date.now()));
  }

  /** Verifies a fresh proof for an action outside of the hub, and uses up its code. Fails as `change` does. */
  async prove(sessionId: string, proof: ProofOfUser): Promise<RpcResult<null>> {
    const session = this.#managingSession(sessionId);
    if (!session.ok) return session;
    const consume = await this.#verifyProof(session.value, proof);
    if (!consume.ok) return consume;
    return this.#hub.commit(consume.value) ? { ok: true, value: null } : wrongCode();
  }

  /** Returns why a change is not possible now. */
  #problemOf(change: SecondFactorChange): ReturnType<typeof failure> | undefined {
    const { secondFactors, policy } = this.#hub;
    const hasTotp = secondFactors.activeTotp() !== undefined;
    const passkeys = secondFactors.passkeys();
    if (change.kind === "replaceRecoveryCodes")
      return secondFactors.isEnabled ? undefined : conflict("You have no second factor; enable one first");
    if (change.kind === "removeTotp" && !hasTotp)
      return failure(new AppError({ code: "not_found", detail: "No authenticator app is enabled" }));
    if (change.kind === "removePasskey" && !passkeys.some(({ id }) => id === change.passkeyId))
      return noSuch("passkey");
    const others = (hasTotp ? 1 : 0) + passkeys.length - 1;
    return policy.current.isRequired && others === 0
      ? conflict("The workspace requires a second factor; enable another one first")
      : undefined;
  }

  /** Verifies the proof that the person at the session is its user. */
  async #verifyProof(
    session: SessionRecord,
    { isPasswordVerified, code }: ProofOfUser,
  ): Promise<RpcResult<() => boolean>> {
    if (isPasswordVerified) return { ok: true, value: () => true };
    if (code === undefined) return this.#isRecent(session) ? { ok: true, value: () => true } : proofMissing();
    const byApp = await verifyTotp(this.#hub, this.#box, code);
    return { ok: true, value: byApp ?? verifyRecoveryCode(this.#hub, code) };
  }

  /** Returns the session if it may change second factors: it passed one, or the user has none. */
  #managingSession(sessionId: string): RpcResult<SessionRecord> {
    const session = this.#hub.liveSession(sessionId);
    if (!session) return noSession();
    if (this.#hub.secondFactors.isEnabled && !session.hasSecondFactor)
      return failure(
        new AppError({
          code: "second_factor_required",
          detail: "This session has not passed your second factor; pass it first",
        }),
      );
    return { ok: true, value: session };
  }

  /** Returns the session if it may add second factors: it also began recently. */
  #recentSession(sessionId: string): RpcResult<SessionRecord> {
    const session = this.#managingSession(sessionId);
    return session.ok && !this.#isRecent(session.value) ? proofMissing() : session;
  }

  #isRecent({ createdAt }: SessionRecord): boolean {
    return Date.now() - createdAt < this.#config.REAUTHENTICATION_MS;
  }

  /** Call it within a commit. */
  #newRecoveryCodes(): string[] {
    const codes = newRecoveryCodes();
    this.#hub.secondFactors.replaceRecoveryCodes(
      codes.map((code) => hashOfRecoveryCode(this.#hub.userId, code)),
    );
    return codes;
  }
}

/** Returns the challenge that a browser's client data contain; empty if they are malformed. */
function challengeOf(clientDataJson: string): string {
  try {
    const { challenge } = JSON.parse(Buffer.from(clientDataJson, "base64url").toString()) as {
      challenge?: unknown;
    };
    return typeof challenge === "string" ? challenge : "";
  } catch {
    return "";
  }
}

const conflict = (detail: string) => failure(new AppError({ code: "conflict", detail }));
const alreadyEnabled = () => conflict("An authenticator app is enabled already; disable it first");
const tooManyPasskeys = () => conflict(`You have ${maxPasskeys} passkeys; remove one first`);
const invalidPasskey = () =>
  failure(
    new AppError({ code: "forbidden", detail: "The passkey is not valid, or its challenge has expired" }),
  );
const wrongCode = () =>
  failure(
    new AppError({
      code: "forbidden",
      detail: "The code is wrong, or was used before",
      issues: [{ path: "code", message: "Wrong" }],
    }),
  );
const proofMissing = () =>
  failure(
    new AppError({
      code: "forbidden",
      detail:
        "The session is not recent enough for this: log in again. Where the body has `password` or `code`, one of them suffices",
    }),
  );
