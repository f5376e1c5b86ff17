import { randomToken } from "../lib/ids.ts";
import { isSameText, macOf } from "../lib/macs.ts";

/** A user id, then 16 random bytes and a MAC of 16 bytes, each 22 characters of base64url. */
const ticketForm = /^([^.]+)\.([\w-]{22})([\w-]{22})$/;
const halfBytes = 16;

/**
 * What a ticket was issued to: a session or a token, for a socket, or a login that awaits its second factor. The MAC of each has a different purpose. A
 * Worker of a release without tokens, which would not limit a token's socket to its scopes, therefore does not accept its ticket.
 */
const purposes = {
  session: "parley-ticket-1",
  token: "parley-token-ticket-1",
  login: "parley-mfa-1",
} as const;
export type TicketHolder = keyof typeof purposes;

/**
 * Returns a new ticket: `<user>.<random><MAC>`.
 *
 * @param key a Worker secret in base64url
 */
export function newTicketText(key: string, userId: string, holder: TicketHolder = "session"): string {
  const random = randomToken(halfBytes);
  return `${userId}.${random}${ticketMac(key, holder, userId, random)}`;
}

/**
 * Returns the user of a ticket; undefined when its MAC is wrong, so that a forged ticket starts no object. Only the user's hub can
 * say whether the ticket is still valid.
 *
 * @param holders what the ticket may have been issued to; by default those whose tickets open sockets
 */
export function userOfTicket(
  key: string,
  ticket: string,
  holders: readonly TicketHolder[] = ["session", "token"],
): string | undefined {
  const [, userId, random, mac] = ticketForm.exec(ticket) ?? [];
  if (!userId || !random || !mac) return undefined;
  return holders.some((holder) => isSameText(mac, ticketMac(key, holder, userId, random)))
    ? userId
    : undefined;
}

const ticketMac = (key: string, holder: TicketHolder, userId: string, random: string): string =>
  macOf(key, { purpose: purposes[holder], message: `${userId}|${random}`, bytes: halfBytes });
