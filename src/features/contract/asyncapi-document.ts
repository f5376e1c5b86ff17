import { clientFrames, closeCodes, limits, sockets } from "../../protocol/index.ts";
import { clientMessages, isUserEvent, repliesTo, serverMessages } from "./asyncapi-messages.ts";
import { offeredSubprotocols, ticketScheme } from "./handshake-headers.ts";
import { socketDescription } from "./asyncapi-description.ts";
import { contractVersion } from "./openapi-document.ts";
import { type JsonSchema, schemaSet } from "./json-schemas.ts";

export interface AsyncApiDocument {
  asyncapi: string;
  info: JsonSchema;
  channels: Record<string, JsonSchema>;
  operations: Record<string, JsonSchema>;
  components: Record<string, JsonSchema>;
  [field: string]: unknown;
}

/**
 * Builds the AsyncAPI 3.0 document of the WebSockets from the server's perspective: it receives commands and sends frames. Pure and
 * deterministic, but takes some milliseconds: callers should cache the result.
 *
 * @param version the version of the build
 */
export function asyncApiDocument({ version }: { version: string }): AsyncApiDocument {
  const schemas = schemaSet("draft-07");
  const received = clientMessages(clientFrames, schemas);
  const sent = serverMessages(schemas);
  // A command and its event have the same type, so the keys state the sender.
  const messages = { ...prefixed("client", received), ...prefixed("server", sent) };

  const channels: Record<string, JsonSchema> = {};
  const operations: Record<string, JsonSchema> = {};
  for (const [name, socket] of Object.entries(sockets)) {
    const sentHere = Object.keys(sent).filter((message) => name === "realtime" || !isUserEvent(message));
    const messagesHere = [
      ...Object.keys(received).map((message) => `client.${message}`),
      ...sentHere.map((message) => `server.${message}`),
    ];
    channels[name] = channel(socket, messagesHere, schemas.input(socket.query));
    for (const [type, { summary }] of Object.entries(received)) {
      operations[`${name}.${type}`] = {
        action: "receive",
        channel: { $ref: `#/channels/${name}` },
        summary,
        messages: [inChannel(name, `client.${type}`)],
        reply: {
          channel: { $ref: `#/channels/${name}` },
          messages: repliesTo(type).map((reply) => inChannel(name, `server.${reply}`)),
        },
      };
    }
    operations[`${name}.frames`] = {
      action: "send",
      channel: { $ref: `#/channels/${name}` },
      summary: "Frames from the server: arrays of envelopes, in order",
      messages: sentHere.map((message) => inChannel(name, `server.${message}`)),
    };
  }

  return {
    asyncapi: "3.0.0",
    info: {
      title: "Parley realtime",
      version: contractVersion(version),
      description: socketDescription,
      license: { name: "MIT" },
    },
    defaultContentType: "application/json",
    servers: {
      workspace: {
        host: "{host}",
        protocol: "wss",
        variables: { host: { default: "localhost:8787", description: "The host that serves this document" } },
        security: [
          { $ref: "#/components/securitySchemes/accessToken" },
          { $ref: "#/components/securitySchemes/ticket" },
        ],
      },
    },
    channels,
    operations,
    components: {
      messages,
      schemas: schemas.components(),
      securitySchemes: {
        accessToken: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "JWT",
          description: "Send `Authorization: Bearer <access token>` with the handshake.",
        },
        ticket: ticketScheme("httpApiKey"),
      },
    },
  };
}

const prefixed = (prefix: string, named: Record<string, JsonSchema>): Record<string, JsonSchema> =>
  Object.fromEntries(Object.entries(named).map(([name, value]) => [`${prefix}.${name}`, value]));

const inChannel = (channelName: string, message: string): JsonSchema => ({
  $ref: `#/channels/${channelName}/messages/${message}`,
});

function channel(
  { path, summary }: { path: string; summary: string },
  messages: string[],
  query: JsonSchema,
): JsonSchema {
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => name);
  return {
    address: path.replaceAll(/:(\w+)/g, "{$1}"),
    summary,
    parameters: Object.fromEntries(
      names.map((name) => [name, { description: `The \`${name}\` as in REST.` }]),
    ),
    messages: Object.fromEntries(messages.map((type) => [type, { $ref: `#/components/messages/${type}` }])),
    bindings: {
      ws: {
        method: "GET",
        query,
        headers: {
          type: "object",
          properties: { "Sec-WebSocket-Protocol": offeredSubprotocols },
          required: ["Sec-WebSocket-Protocol"],
        },
        bindingVersion: "0.1.0",
      },
    },
    "x-limits": limits,
    "x-close-codes": Object.fromEntries(
      Object.values(closeCodes).map(({ code, reconnect, meaning }) => [
        code,
        { reconnect, description: meaning },
      ]),
    ),
  };
}
