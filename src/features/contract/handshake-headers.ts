import { compactSubprotocol, limits, subprotocol } from "../../protocol/index.ts";
import type { JsonSchema } from "./json-schemas.ts";

/** The schema of `Sec-WebSocket-Protocol`: the protocol version and, from browsers, the ticket. */
export const offeredSubprotocols: JsonSchema = {
  type: "string",
  pattern: `(^|,)\\s*${subprotocol.replaceAll(".", "\\.")}\\s*(,|$)`,
  description: `\`${subprotocol}\`, and additionally \`ticket.<ticket>\` if there is no \`Authorization\` header. With \`${compactSubprotocol}\` in addition, events arrive in the compact form. The response has one of the two.`,
};

/**
 * Builds the security scheme of tickets.
 *
 * @param type the name of header keys in the document's format: `apiKey` in OpenAPI, `httpApiKey` in AsyncAPI
 */
export const ticketScheme = (type: "apiKey" | "httpApiKey"): JsonSchema => ({
  type,
  in: "header",
  name: "Sec-WebSocket-Protocol",
  description: `A ticket from \`createTicket\`, sent as the subprotocol \`ticket.<ticket>\`. It opens one socket, within ${limits.ticketSeconds} s.`,
});
