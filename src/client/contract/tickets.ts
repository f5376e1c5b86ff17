// Generated from src/protocol/tickets.ts by `npm run docs`. Do not edit.

import type { Endpoint, NoInput } from "../endpoint.ts";

export type CreateTicketInput = NoInput;

export interface CreateTicketResponse {
  /** Offered as the subprotocol `ticket.<ticket>`; good for one use. */
  ticket: string;
  /** Seconds. */
  expiresIn: number;
}

/**
 * A ticket that opens one socket, for browsers, which can't send `Authorization` with it.
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
