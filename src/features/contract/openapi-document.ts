import { endpoints, type ErrorCode, protocolVersion, sockets } from "../../protocol/index.ts";
import { annotate } from "./openapi-annotations.ts";
import { ticketScheme } from "./handshake-headers.ts";
import { errorResponseName, errorResponses } from "./openapi-error-responses.ts";
import { operation, socketOperation } from "./openapi-operation.ts";
import { type JsonSchema, schemaSet } from "./json-schemas.ts";

export interface OpenApiDocument {
  openapi: string;
  info: JsonSchema;
  paths: Record<string, JsonSchema>;
  components: Record<string, JsonSchema>;
  [field: string]: unknown;
}

/** The wire's version with the build that speaks it: `1.0.0+0.1.0`. */
export const contractVersion = (packageVersion: string): string => `${protocolVersion}.0.0+${packageVersion}`;

const description = `
REST of a Parley workspace. The WebSocket's half of the contract is at \`/v1/asyncapi.json\`.

- Times are ISO 8601, UTC, with milliseconds. Ids are opaque and sort by creation. Lengths of text are in code points.
- Lists take \`limit\` and an opaque \`cursor\`, and answer \`{ items, nextCursor }\`; \`nextCursor\` is null on the last page.
- Errors are problems (RFC 9457), each with a \`code\`; \`/errors/{code}\` says what it means and what to do.
- Unknown fields of a body are refused. Answers may gain fields: ignore those that you do not know.
- A \`nonce\` makes a send safe to retry: the first result comes again, with 200 instead of 201.
- Every answer bears \`X-Request-Id\`; authenticated ones are never stored (\`Cache-Control: no-store\`), file bytes aside.
`.trim();

/** What each group of operations is about. A tag without an entry fails the test of the official linter. */
const tagDescriptions: Readonly<Record<string, string>> = {
  admin:
    "Roles and suspension of accounts, and maintenance of the database and the search index: for admins.",
  auth: "Accounts, sessions and tokens: register, log in, renew, log out, change the password.",
  channels: "Public and private channels: create, find, change, archive, join and leave.",
  dms: "Direct and group messages: the same people always get the same channel.",
  files: "Upload in one request or in parts, metadata, bytes with ranges, deletion.",
  members: "Who is in a channel, and as what.",
  messages: "Write, edit, delete and page through messages, and the log of a channel's events.",
  notifications: "What a user was notified of: mentions, direct messages, thread replies, invitations.",
  pins: "Messages that a channel keeps at hand.",
  presence: "Who is online, and how users show themselves.",
  reactions: "Emoji that users add to a message.",
  reads: "Up to where a user has read, and what is unread.",
  realtime: "The WebSockets and the tickets with which browsers open them.",
  search:
    "Messages, channels, people and files by words and operators: only what the caller may read is found.",
  service: "Health, and the contract itself.",
  threads: "Replies to a message, and who follows them.",
  users: "The directory, and one's own profile and status.",
};

/**
 * The REST contract as OpenAPI 3.1, from the endpoints themselves. Pure, and the same for the same build; takes some
 * milliseconds, so callers keep the result.
 */
export function openApiDocument({ version }: { version: string }): OpenApiDocument {
  const schemas = schemaSet("draft-2020-12");
  const errors = new Map<string, ErrorCode[]>();
  const refer = (codes: ErrorCode[]): JsonSchema => {
    errors.set(errorResponseName(codes), codes);
    return { $ref: `#/components/responses/${errorResponseName(codes)}` };
  };

  const paths: Record<string, JsonSchema> = {};
  for (const [name, endpoint] of Object.entries(endpoints)) {
    (paths[pathTemplate(endpoint.path)] ??= {})[endpoint.method] = operation(name, endpoint, schemas, refer);
  }
  for (const [name, socket] of Object.entries(sockets)) {
    (paths[pathTemplate(socket.path)] ??= {})["get"] = socketOperation(name, socket, schemas, refer);
  }

  const responses = errorResponses(errors, schemas);
  const tags = new Set([...Object.values(endpoints).map(({ tag }) => tag), "realtime"]);
  const document = {
    openapi: "3.1.1",
    info: {
      title: "Parley",
      version: contractVersion(version),
      summary: "A team chat: accounts, channels, messages, files and search",
      description,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/", description: "Where this document came from" }],
    tags: [...tags].map((name) => ({ name, description: tagDescriptions[name] })),
    paths,
    components: {
      schemas: schemas.components(),
      responses,
      headers: {
        RequestId: { description: "Names this answer in the server's log.", schema: { type: "string" } },
        RetryAfter: {
          description: "Seconds to wait before the next try.",
          schema: { type: "integer", minimum: 0 },
        },
      },
      securitySchemes: {
        accessToken: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "JWT",
          description: "`accessToken` of `register`, `login` or `refreshToken`.",
        },
        ticket: ticketScheme("apiKey"),
      },
    },
  };
  annotate(document);
  return document;
}

const pathTemplate = (path: string): string => path.replaceAll(/:(\w+)/g, "{$1}");
