import type { RegistrationMode } from "../protocol/index.ts";

interface Variables {
  ENVIRONMENT: "local" | "production";
  REGISTRATION?: RegistrationMode | undefined;
  CONFIRM_EMAIL: "required" | "domain";
  MAIL_DRIVER?: "cloudflare" | "webhook" | "local" | undefined;
  MAIL_LOCAL_URL?: string | undefined;
}

/** Returns who may register: without the var `REGISTRATION` anyone on a local server, and only the invited in production. */
export const registrationMode = ({ REGISTRATION, ENVIRONMENT }: Variables): RegistrationMode =>
  REGISTRATION ?? (ENVIRONMENT === "local" ? "open" : "invite");

/** Whether an account is created only once its e-mail address is confirmed. */
export const confirmsAddresses = (config: Variables): boolean =>
  registrationMode(config) === "domain" || config.CONFIRM_EMAIL === "required";

/** Returns how mail is sent; undefined if the server sends none. */
export const mailDriver = ({ MAIL_DRIVER, MAIL_LOCAL_URL, ENVIRONMENT }: Variables) =>
  MAIL_DRIVER ?? (ENVIRONMENT === "local" && MAIL_LOCAL_URL ? ("local" as const) : undefined);
