import { z } from "zod";
import { endpoint } from "./endpoint.ts";

export const createTicket = endpoint({
  method: "post",
  path: "/v1/realtime/ticket",
  tag: "realtime",
  auth: "user",
  // Connecting reads.
  scope: "read",
  restricted: true,
  summary:
    "Create a ticket that opens one socket. For browsers, which cannot send `Authorization` in a WebSocket handshake",
  repeatable: true,
  status: 201,
  response: z.object({
    ticket: z
      .string()
      .meta({ description: "Offer it as the subprotocol `ticket.<ticket>`. It can be used once." }),
    expiresIn: z.int().meta({ description: "The lifetime of the ticket, in seconds." }),
  }),
  errors: [],
});
