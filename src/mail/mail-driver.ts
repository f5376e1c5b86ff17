import type { Config } from "../config.ts";

/** A mail as a driver sends it. No field contains line breaks of users: templates build them. */
export interface Mail {
  /** One address. */
  to: string;
  subject: string;
  text: string;
  html: string;
}

/** A mail with the id that all attempts to send it have, so that a receiver can deduplicate them. */
export interface OutgoingMail extends Mail {
  id: string;
}

/** Thrown by a driver when no further attempt can succeed, for example for an address that the provider blocks. */
export class MailRejected extends Error {}

/** Sends a mail, or throws. The messages of errors contain no address and no text. */
export type MailDriver = (env: Env, config: Config, mail: OutgoingMail) => Promise<void>;
