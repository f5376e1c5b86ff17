import { z } from "zod";
import { Login, Password } from "./auth.ts";
import { endpoint } from "./endpoint.ts";
import { Email } from "./users.ts";

/** Who may register. `open`: anyone. `invite`: with an invite. `domain`: addresses of the listed domains. `closed`: no one. */
export const RegistrationMode = z
  .enum(["open", "invite", "domain", "closed"])
  .meta({ id: "RegistrationMode" });
export type RegistrationMode = z.infer<typeof RegistrationMode>;

export const Registration = z
  .object({
    mode: RegistrationMode,
    domains: z.array(z.string()).meta({ description: "The accepted domains, in the mode `domain`." }),
    confirmsEmail: z.boolean().meta({
      description:
        "Whether an account is created only once its e-mail address is confirmed. `register` then answers 202.",
    }),
    sendsMail: z.boolean().meta({
      description: "Whether the server sends mail: for a forgotten password and a changed address.",
    }),
  })
  .meta({ id: "Registration" });
export type Registration = z.infer<typeof Registration>;

export const getRegistration = endpoint({
  method: "get",
  path: "/v1/auth/registration",
  tag: "auth",
  auth: "public",
  summary: "Get who may register, for a page that offers it",
  status: 200,
  response: Registration,
  errors: [],
});

/** A token from a mail. */
const MailToken = z.string().min(1).max(2_048).meta({ description: "The token in the link of a mail." });

export const forgotPassword = endpoint({
  method: "post",
  path: "/v1/auth/password/forgot",
  tag: "auth",
  auth: "public",
  summary:
    "Request a mail with a link that sets a new password, valid for 30 minutes. The answer does not reveal whether the account exists",
  body: z.strictObject({ login: Login }),
  repeatable: true,
  status: 202,
  errors: [],
});

export const resetPassword = endpoint({
  method: "post",
  path: "/v1/auth/password/reset",
  tag: "auth",
  auth: "public",
  summary: "Set a new password with the token of a mail. Ends all sessions and confirms the e-mail address",
  body: z.strictObject({ token: MailToken, newPassword: Password }),
  status: 204,
  errors: [],
});

export const confirmEmail = endpoint({
  method: "post",
  path: "/v1/auth/email/confirm",
  tag: "auth",
  auth: "public",
  summary:
    "Confirm an e-mail address with the token of a mail: of a registration, of an account, or a new address",
  body: z.strictObject({ token: MailToken }),
  status: 204,
  errors: ["conflict", "forbidden"],
});

export const resendConfirmation = endpoint({
  method: "post",
  path: "/v1/auth/email/resend",
  tag: "auth",
  auth: "user",
  scope: "session",
  summary: "Request another mail that confirms your e-mail address",
  status: 202,
  errors: ["conflict"],
});

export const changeEmail = endpoint({
  method: "put",
  path: "/v1/users/me/email",
  tag: "users",
  auth: "user",
  scope: "session",
  summary:
    "Request a mail to a new e-mail address; it replaces the present one once it is confirmed. The answer does not reveal whether another account has it",
  body: z.strictObject({ email: Email, currentPassword: z.string().min(1).max(1024) }),
  status: 202,
  errors: ["forbidden"],
});
