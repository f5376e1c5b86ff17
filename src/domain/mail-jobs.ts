/**
 * A mail to send, by reference: its recipient, names and link are read or derived when it is sent, so that no token is stored, and a mail
 * whose reason no longer exists is dropped. A job may be queued before the write that it belongs to; it waits until D1 has the write.
 */
export type MailJob =
  /** The link of a password reset, to the account with this name or address, if there is one. */
  | { kind: "passwordReset"; login: string }
  /** Notice that the password was changed by a reset: once the account has this version. */
  | { kind: "passwordChanged"; userId: string; credentialVersion: number }
  /** The link that creates the account of a pending registration, or a notice to the owner of the address. */
  | { kind: "registration"; pendingId: string }
  /** The link that confirms the present address of an account. */
  | { kind: "confirmAddress"; userId: string }
  /** The link that replaces the address of an account, to the new address; or a notice to the owner of that address. */
  | { kind: "changeAddress"; userId: string; emailKey: string; credentialVersion?: number; email: string }
  /** Notice to the former address: once the account has another one. */
  | { kind: "addressChanged"; userId: string; email: string; emailKey: string }
  /** Notice that a subscription of the user was disabled. */
  | { kind: "subscriptionDisabled"; userId: string; subscriptionId: string }
  /** The link of an invite that is bound to an address. */
  | { kind: "invite"; inviteId: string };

/** A job, and how long its mail is worth sending. */
export interface QueuedMail {
  job: MailJob;
  /** The origin of links, if no `PUBLIC_URL` is configured. */
  origin: string;
  /** Whether the job was queued before a write that D1 may not have yet. */
  followsWrite: boolean;
}
