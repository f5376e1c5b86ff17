import { randomToken } from "../lib/ids.ts";
import { isSameText, macOf } from "../lib/macs.ts";

/** 16 random bytes and a MAC of 16 bytes, each 22 characters of base64url. */
const ticketForm = /^([^.]+)\.([\w-]{22})([\w-]{22})$/;
const halfBytes = 16;

/** Makes the text of a new ticket: `<user>.<random><MAC>`. `key`: a Worker secret, base64url. */
export function newTicketText(key: string, userId: string): string {
  const random = randomToken(halfBytes);
  return `${userId}.${random}${ticketMac(key, userId, random)}`;
}

/**
 * The user whose hub made a ticket; undefined for one that no hub can have made, so that a made-up one starts no object. Whether it is
 * still good, only that hub knows.
 */
export function userOfTicket(key: string, ticket: string): string | undefined {
  const [, userId, random, mac] = ticketForm.exec(ticket) ?? [];
  if (!userId || !random || !mac) return undefined;
  return isSameText(mac, ticketMac(key, userId, random)) ? userId : undefined;
}

const ticketMac = (key: string, userId: string, random: string): string =>
  macOf(key, { purpose: "parley-ticket-1", message: `${userId}|${random}`, bytes: halfBytes });
