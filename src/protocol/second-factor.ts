import { z } from "zod";
import { label, PasskeyId, Timestamp } from "./common.ts";
import { endpoint } from "./endpoint.ts";
import { LoginResult, UserAndTokens } from "./login-result.ts";
import {
  PasskeyAssertion,
  PasskeyAttestation,
  PasskeyCreationOptions,
  PasskeyRequestOptions,
} from "./passkeys.ts";
import { userParams } from "./users.ts";

/** A code as users type it: of an authenticator app, or a recovery code with or without its hyphens. */
const Code = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[0-9A-Za-z -]+$/, "Must be a code")
  .meta({ examples: ["123456"] });

export const Passkey = z
  .object({
    id: PasskeyId,
    name: z.string().meta({ description: "As its user named it." }),
    backedUp: z.boolean().meta({ description: "Whether the passkey is synchronized between devices." }),
    createdAt: Timestamp,
    lastUsedAt: Timestamp.nullable().meta({ description: "When it was last used; null for never." }),
  })
  .meta({ id: "Passkey", description: "A passkey (WebAuthn) of the user." });
export type Passkey = z.infer<typeof Passkey>;

export const SecondFactors = z
  .object({
    totp: z.boolean().meta({ description: "Whether an authenticator app is enabled." }),
    passkeys: z.int().meta({ description: "The number of passkeys." }),
    recoveryCodes: z.int().meta({ description: "The number of unused recovery codes." }),
    passed: z.boolean().meta({ description: "Whether this session passed a second factor." }),
    required: z.boolean().meta({
      description:
        "Whether the workspace requires a second factor, as far as this user's sessions are concerned.",
    }),
  })
  .meta({ id: "SecondFactors", description: "Which second factors are enabled." });
export type SecondFactors = z.infer<typeof SecondFactors>;

export const RecoveryCodes = z.array(z.string()).meta({
  description: "Ten codes, each of which replaces the second factor once. They are shown only here.",
});

/** The proof that the person at the session is its user. */
export const Proof = z
  .strictObject({
    password: z.string().min(1).max(1024).optional().meta({ description: "The current password." }),
    code: Code.optional().meta({ description: "A code of the authenticator app, or a recovery code." }),
  })
  .meta({
    description:
      "The current password or a code. Both may be absent if the session began within the last 15 minutes.",
  });
export type Proof = z.infer<typeof Proof>;

const passkeyParams = z.object({ passkeyId: PasskeyId });
const shared = { tag: "auth", auth: "user", scope: "session" } as const;

export const answerSecondFactor = endpoint({
  method: "post",
  path: "/v1/auth/mfa",
  tag: "auth",
  auth: "public",
  summary: "Pass the second factor of a login, and start its session",
  body: z.strictObject({
    token: z.string().min(1).max(256).meta({ description: "Of the challenge." }),
    method: z.enum(["totp", "passkey", "recovery"]).meta({ description: "One of the challenge's methods." }),
    code: Code.optional().meta({ description: "For `totp` and `recovery`." }),
    assertion: PasskeyAssertion.optional().meta({
      description: "For `passkey`: the answer to `passkeyOptions`.",
    }),
  }),
  cookieSession: true,
  status: 200,
  response: UserAndTokens,
  errors: ["unauthenticated"],
});

export const beginSecondFactor = endpoint({
  ...shared,
  method: "post",
  path: "/v1/auth/mfa/challenge",
  summary: "Begin to pass the second factor in place of this session, which ends when the new one starts",
  status: 200,
  response: LoginResult.options[1],
  errors: ["conflict"],
});

export const createPasskeyLoginOptions = endpoint({
  method: "post",
  path: "/v1/auth/passkey/options",
  tag: "auth",
  auth: "public",
  summary: "Get the options for a login with a passkey (WebAuthn, `navigator.credentials.get`)",
  status: 200,
  response: PasskeyRequestOptions,
  errors: [],
});

export const loginWithPasskey = endpoint({
  method: "post",
  path: "/v1/auth/passkey",
  tag: "auth",
  auth: "public",
  summary: "Start a session with a passkey that verified its user. It counts as a second factor as well",
  body: PasskeyAssertion,
  cookieSession: true,
  status: 200,
  response: UserAndTokens,
  errors: ["unauthenticated"],
});

export const getSecondFactors = endpoint({
  ...shared,
  method: "get",
  path: "/v1/users/me/second-factors",
  summary: "List which second factors are enabled",
  status: 200,
  response: SecondFactors,
  errors: [],
});

export const createTotp = endpoint({
  ...shared,
  method: "post",
  path: "/v1/users/me/totp",
  summary:
    "Begin to enable an authenticator app (TOTP, RFC 6238). It has no effect until a code confirms it, within 15 minutes",
  status: 200,
  response: z.object({
    secret: z.string().meta({ description: "In base32." }),
    uri: z.string().meta({ description: "An `otpauth://` URI, to be shown as a QR code." }),
  }),
  errors: ["conflict", "forbidden"],
});

export const confirmTotp = endpoint({
  ...shared,
  method: "post",
  path: "/v1/users/me/totp/confirm",
  summary: "Enable the authenticator app by a code of it",
  body: z.strictObject({ code: Code }),
  status: 200,
  response: z.object({ recoveryCodes: RecoveryCodes }),
  errors: ["conflict", "forbidden"],
});

export const deleteTotp = endpoint({
  ...shared,
  method: "delete",
  path: "/v1/users/me/totp",
  summary: "Disable the authenticator app",
  body: Proof,
  status: 204,
  errors: ["conflict", "forbidden", "not_found"],
});

export const createRecoveryCodes = endpoint({
  ...shared,
  method: "post",
  path: "/v1/users/me/recovery-codes",
  summary: "Replace all recovery codes by ten new ones",
  body: Proof,
  status: 200,
  response: z.object({ recoveryCodes: RecoveryCodes }),
  errors: ["conflict", "forbidden"],
});

export const createPasskeyOptions = endpoint({
  ...shared,
  method: "post",
  path: "/v1/users/me/passkeys/options",
  summary: "Get the options for a new passkey (WebAuthn, `navigator.credentials.create`)",
  status: 200,
  response: PasskeyCreationOptions,
  errors: ["conflict", "forbidden"],
});

export const createPasskey = endpoint({
  ...shared,
  method: "post",
  path: "/v1/users/me/passkeys",
  summary: "Add a passkey",
  body: PasskeyAttestation.extend({ name: label(1, 80).optional() }),
  status: 201,
  response: z.object({
    passkey: Passkey,
    recoveryCodes: RecoveryCodes.nullable().meta({
      description: "Ten codes if this is the first second factor, otherwise null.",
    }),
  }),
  errors: ["conflict", "forbidden"],
});

export const getPasskeys = endpoint({
  ...shared,
  method: "get",
  path: "/v1/users/me/passkeys",
  summary: "List your passkeys, oldest first",
  status: 200,
  response: z.object({ items: z.array(Passkey), nextCursor: z.null() }),
  errors: [],
});

export const updatePasskey = endpoint({
  ...shared,
  method: "patch",
  path: "/v1/users/me/passkeys/:passkeyId",
  summary: "Rename a passkey",
  params: passkeyParams,
  body: z.strictObject({ name: label(1, 80) }),
  status: 200,
  response: Passkey,
  errors: [],
});

export const deletePasskey = endpoint({
  ...shared,
  method: "delete",
  path: "/v1/users/me/passkeys/:passkeyId",
  summary: "Remove a passkey",
  params: passkeyParams,
  body: Proof,
  status: 204,
  errors: ["conflict", "forbidden"],
});

export const resetSecondFactors = endpoint({
  ...shared,
  method: "delete",
  path: "/v1/users/:userId/second-factors",
  tag: "users",
  summary: "Remove all second factors of a user who lost their device, and end their sessions",
  params: userParams,
  action: "manageUsers",
  status: 204,
  errors: ["forbidden", "conflict"],
});
