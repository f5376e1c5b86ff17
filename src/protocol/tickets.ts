import { z } from "zod";
import { endpoint } from "./endpoint.ts";

export const createTicket = endpoint({
  method: "post",
  path: "/v1/realtime/ticket",
  tag: "realtime",
  auth: "user",
  summary: "A ticket that opens one socket, for browsers, which can't send `Authorization` with it",
  repeatable: true,
  status: 201,
  response: z.object({
    ticket: z
      .string()
      .meta({ description: "Offered as the subprotocol `ticket.<ticket>`; good for one use." }),
    expiresIn: z.int().meta({ description: "Seconds." }),
  }),
  errors: [],
});
