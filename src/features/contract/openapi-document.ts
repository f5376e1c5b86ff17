import {
  endpoints,
  type ErrorCode,
  protocolVersion,
  sessionCookieNames,
  sockets,
} from "../../protocol/index.ts";
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

/** The protocol version with the build version as SemVer build metadata: `1.0.0+0.1.0`. */
export const contractVersion = (packageVersion: string): string => `${protocolVersion}.0.0+${packageVersion}`;

const description = `
The REST API of a Parley workspace. The WebSocket API is described at \`/v1/asyncapi.json\`.

- Times are ISO 8601, UTC, with milliseconds. Ids are opaque and sort by creation time. Text lengths are in code points.
- Lists accept \`limit\` and an opaque \`cursor\`, and return \`{ items, nextCursor }\`; \`nextCursor\` is null on the last page.
- Errors are problems (RFC 9457) with a \`code\`; \`/errors/{code}\` documents each code.
- Unknown fields in a request body are rejected. Responses may gain fields: ignore unknown ones.
- A \`nonce\` makes a message safe to retry: a repeated request returns the first result, with 200 instead of 201.
- Every response has an \`X-Request-Id\`. Responses to authenticated requests are not cacheable (\`Cache-Control: no-store\`), except file contents.
`.trim();

/** The description of each tag. A tag without an entry fails the test with the official linter. */
const tagDescriptions: Readonly<Record<string, string>> = {
  admin:
    "Roles and suspension of accounts, and maintenance of the database and the search index, the audit log: for admins.",
  jobs: "Work that takes longer than a request: exports, erasures, purges.",
  auth: "Accounts, sessions and tokens: register, log in, refresh, log out, change the password.",
  bots: "Users that are programs, and their tokens: for admins.",
  channels:
    "Public and private channels: create, list, update, archive and restore; direct and group messages.",
  commands: "Slash commands: register, list, run and answer them.",
  dms: "Direct and group messages: the same users always get the same channel.",
  drafts: "Unsent texts of a user, shared by their devices.",
  files: "Upload files in one request or in parts, read metadata, download with ranges, delete.",
  members: "The members of a channel and their roles: join, leave, add, remove.",
  messages: "Create, edit, delete and list messages.",
  emoji: "Custom emoji of the workspace.",
  groups: "User groups, whose members are mentioned by `@handle`.",
  previews: "Previews of links.",
  invites: "Invites to register in the workspace.",
  notifications:
    "The notifications of a user: mentions, direct messages, thread replies, invitations, reminders.",
  push: "Web Push: notifications in browsers that do not show the application.",
  pins: "The pinned messages of a channel.",
  presence: "Presence and custom status of users.",
  reactions: "Emoji reactions to messages.",
  reads: "Read positions, unread counts and notification levels.",
  realtime: "The WebSocket endpoints, and the tickets with which browsers open them.",
  reminders: "Reminders of a user, with times in words.",
  "saved messages": "Messages that a user saved for later.",
  "scheduled messages": "Messages that are sent later: schedule, list, change, cancel, send now.",
  search:
    "Search messages, channels, users and files by words and operators. Results contain only what the caller may read.",
  "incoming-webhooks":
    "URLs to which programs post messages of a channel. What programs send there is described in docs/incoming-webhooks.md.",
  "server-keys":
    "Keys of applications that embed Parley, and their users. With a key, all endpoints of channels act for the user in `X-Parley-As`.",
  service: "Health checks, and the API contract itself.",
  threads: "Replies to a message, and following their threads.",
  tokens: "Personal access tokens: programs that act as you, within scopes and channels.",
  "event-subscriptions": "Events of channels, posted to a URL.",
  users: "The user directory, your own profile, and presence and custom status.",
};

/**
 * Builds the OpenAPI 3.1 document of the REST API from the endpoint definitions. Pure and deterministic, but takes some milliseconds:
 * callers should cache the result.
 *
 * @param version the version of the build
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
      summary: "Team chat: accounts, channels, messages, files and search",
      description,
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/", description: "The server of this document" }],
    tags: [...tags].map((name) => ({ name, description: tagDescriptions[name] })),
    paths,
    components: {
      schemas: schemas.components(),
      responses,
      headers: {
        RequestId: { description: "Identifies the request in the server's log.", schema: { type: "string" } },
        RetryAfter: {
          description: "The time to wait before the next attempt, in seconds.",
          schema: { type: "integer", minimum: 0 },
        },
      },
      securitySchemes: {
        accessToken: {
          type: "http",
          scheme: "bearer",
          bearerFormat: "JWT",
          description: "The `accessToken` returned by `register`, `login` or `refreshToken`.",
        },
        accessCookie: {
          type: "apiKey",
          in: "cookie",
          name: sessionCookieNames.access,
          description:
            "The access token of a session that was started with `Parley-Session: cookie`, for files that a page of this server's own origin embeds.",
        },
        serverKey: {
          type: "http",
          scheme: "bearer",
          description: "The `secret` of a server key, returned by `createServerKey`.",
        },
        ticket: ticketScheme("apiKey"),
      },
    },
  };
  annotate(document);
  return document;
}

const pathTemplate = (path: string): string => path.replaceAll(/:(\w+)/g, "{$1}");
