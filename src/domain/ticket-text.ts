import { randomToken } from "../lib/ids.ts";
import { isSameText, macOf } from "../lib/macs.ts";

/** A user id, then 16 random bytes and a MAC of 16 bytes, each 22 characters of base64url. */
const ticketForm = /^([^.]+)\.([\w-]{22})([\w-]{22})$/;
const halfBytes = 16;

/** What a ticket is for: a socket, or the second factor of a login. One for another purpose is invalid. */
export type TicketPurpose = "parley-ticket-1" | "parley-mfa-1";

/**
 * Returns a new ticket: `<user>.<random><MAC>`.
 *
 * @param key a Worker secret in base64url
 */
export function newTicketText(
  key: string,
  userId: string,
  purpose: TicketPurpose = "parley-ticket-1",
): string {
  const random = randomToken(halfBytes);
  return `${userId}.${random}${ticketMac(key, { userId, random, purpose })}`;
}

/**
 * Returns the user of a ticket; undefined when its MAC is wrong, so that a forged ticket starts no object. Only the user's hub can
 * say whether the ticket is still valid.
 */
export function userOfTicket(
  key: string,
  ticket: string,
  purpose: TicketPurpose = "parley-ticket-1",
): string | undefined {
  const [, userId, random, mac] = ticketForm.exec(ticket) ?? [];
  if (!userId || !random || !mac) return undefined;
  return isSameText(mac, ticketMac(key, { userId, random, purpose })) ? userId : undefined;
}

const ticketMac = (
  key: string,
  { userId, random, purpose }: { userId: string; random: string; purpose: TicketPurpose },
): string => macOf(key, { purpose, message: `${userId}|${random}`, bytes: halfBytes });
