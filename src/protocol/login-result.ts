import { z } from "zod";
import { PasskeyRequestOptions } from "./passkeys.ts";
import { Tokens } from "./session-tokens.ts";
import { Self } from "./users.ts";

export const UserAndTokens = z.object({ user: Self, tokens: Tokens });

/** A login that waits for its second factor. No session exists yet. */
export const MfaChallenge = z
  .object({
    token: z.string().meta({ description: "For `POST /v1/auth/mfa`. Usable for one session." }),
    expiresIn: z.int().meta({ description: "The lifetime of the token, in seconds." }),
    methods: z
      .array(z.enum(["totp", "passkey", "recovery"]))
      .meta({ description: "How it can be answered." }),
    passkeyOptions: PasskeyRequestOptions.optional().meta({
      description: "For `navigator.credentials.get`, if `methods` contains `passkey`.",
    }),
  })
  .meta({
    id: "MfaChallenge",
    description: "The challenge of a login to an account with a second factor. No session exists yet.",
  });
export type MfaChallenge = z.infer<typeof MfaChallenge>;

/** The outcome of a login: a session, or a challenge if the account has a second factor. */
export const LoginResult = z.union([UserAndTokens, z.object({ mfa: MfaChallenge })]);
export type LoginResult = z.infer<typeof LoginResult>;
