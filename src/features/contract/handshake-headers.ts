import { limits, subprotocol } from "../../protocol/index.ts";
import type { JsonSchema } from "./json-schemas.ts";

/** The header by which a WebSocket says what it speaks and, in a browser, who it is. */
export const offeredSubprotocols: JsonSchema = {
  type: "string",
  pattern: `(^|,)\\s*${subprotocol.replaceAll(".", "\\.")}\\s*(,|$)`,
  description: `\`${subprotocol}\`, and beside it \`ticket.<ticket>\` where there is no \`Authorization\`. The answer bears \`${subprotocol}\` alone.`,
};

/** `type`: what the document calls a secret in a header. */
export const ticketScheme = (type: "apiKey" | "httpApiKey"): JsonSchema => ({
  type,
  in: "header",
  name: "Sec-WebSocket-Protocol",
  description: `\`ticket.<ticket>\` as a subprotocol, from \`createTicket\`: for one socket, within ${limits.ticketSeconds} s.`,
});
