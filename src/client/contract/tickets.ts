// Generated from src/protocol/tickets.ts by `npm run docs`. Do not edit.

import type { Endpoint, NoInput } from "../endpoint.ts";

export type CreateTicketInput = NoInput;

export interface CreateTicketResponse {
  /** Offer it as the subprotocol `ticket.<ticket>`. It can be used once. */
  ticket: string;
  /** The lifetime of the ticket, in seconds. */
  expiresIn: number;
}

/**
 * Create a ticket that opens one socket. For browsers, which cannot send `Authorization` in a WebSocket
 * handshake.
 *
 * `POST /v1/realtime/ticket`
 *
 * @throws ParleyError `validation_failed`
 */
export const createTicket: Endpoint<CreateTicketInput, CreateTicketResponse> = {
  method: "POST",
  path: "/v1/realtime/ticket",
  idempotent: true,
};
