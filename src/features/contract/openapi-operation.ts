import {
  cookieSessionHeader,
  type Endpoint,
  type ErrorCode,
  errorsOf,
  limits,
  sessionCookieNames,
  type sockets,
} from "../../protocol/index.ts";
import type { z } from "zod";
import { offeredSubprotocols } from "./handshake-headers.ts";
import { byStatus } from "./openapi-error-responses.ts";
import type { JsonSchema, SchemaSet } from "./json-schemas.ts";
import { actionsOfEndpoint, describeActions } from "./permission-descriptions.ts";

type Socket = (typeof sockets)[keyof typeof sockets];
/** Returns a reference to the response component of these codes. */
type ReferToResponse = (codes: ErrorCode[]) => JsonSchema;

const requestIdHeader = { "X-Request-Id": { $ref: "#/components/headers/RequestId" } };
const bySession = [{ accessToken: [] }];
const security = { user: bySession, server: [{ serverKey: [] }], public: [] };
const byCookieToo = [...bySession, { accessCookie: [] }];

/** Builds the OpenAPI operation of a REST endpoint. */
export function operation(
  name: string,
  endpoint: Endpoint,
  schemas: SchemaSet,
  refer: ReferToResponse,
): JsonSchema {
  const {
    summary,
    tag,
    auth,
    body,
    consumes,
    partial,
    etag,
    redirects,
    embeddable,
    status,
    repeatStatus,
    acceptedStatus,
    acceptedResponse,
    unhealthyStatus,
  } = endpoint;
  const parameters = [...parametersOf(endpoint, schemas), ...headersOf(endpoint)];
  const content = contentOf(endpoint, schemas);
  const actions = actionsOfEndpoint(name, endpoint);
  const success = (text: string): JsonSchema => ({
    description: text,
    headers: requestIdHeader,
    ...(content && { content }),
  });
  return {
    operationId: name,
    tags: [tag],
    summary,
    ...(actions.length > 0 && { description: describeActions(actions) }),
    security: embeddable ? byCookieToo : security[auth],
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        required: true,
        description: `The JSON body, at most ${limits.jsonBodyBytes / 1024} KiB.`,
        content: { "application/json": { schema: schemas.input(body) } },
      },
    }),
    ...(consumes && { requestBody: bytesBody(consumes) }),
    responses: {
      [status]: success(
        {
          200: "Success",
          201: "Created",
          202: "Accepted: the outcome follows later",
          204: "Success, without a body",
          302: "Redirects the browser to `Location`",
        }[status],
      ),
      ...(acceptedStatus && {
        [acceptedStatus]: acceptedResponse
          ? {
              description: "The content was a slash command, which was run; nothing was posted as text",
              headers: requestIdHeader,
              content: { "application/json": { schema: schemas.output(acceptedResponse) } },
            }
          : {
              description: "Accepted, without a body: the outcome depends on the link in a mail",
              headers: requestIdHeader,
            },
      }),
      ...(repeatStatus && {
        [repeatStatus]: success("The request was already executed; returns the existing result"),
      }),
      ...(redirects && {
        302: { description: "Redirects the browser to `Location`", headers: requestIdHeader },
      }),
      ...(etag && {
        304: { description: "Not modified: the `ETag` matches", headers: requestIdHeader },
      }),
      ...(partial && {
        206: success("The requested range"),
        304: { description: "Not modified: the `ETag` matches", headers: requestIdHeader },
      }),
      ...failures(errorsOf(endpoint), refer),
      ...(unhealthyStatus && { [unhealthyStatus]: success("Unhealthy: the body states the reason") }),
    },
  };
}

/** Builds the OpenAPI operation of a WebSocket endpoint: its upgrade request and the errors that can reject it. OpenAPI cannot describe frames. */
export function socketOperation(
  name: string,
  socket: Socket,
  schemas: SchemaSet,
  refer: ReferToResponse,
): JsonSchema {
  return {
    operationId: name,
    tags: ["realtime"],
    summary: `${socket.summary} (WebSocket)`,
    description: "A WebSocket handshake (RFC 6455). The frames are described in the AsyncAPI document.",
    externalDocs: { description: "The frames, as AsyncAPI 3", url: "/v1/asyncapi.json" },
    security: [...bySession, { ticket: [] }],
    parameters: [
      ...parametersOf(socket, schemas),
      parameter("Sec-WebSocket-Protocol", "header", true, offeredSubprotocols),
    ],
    responses: {
      101: { description: "The WebSocket connection was opened", headers: requestIdHeader },
      ...failures(socket.errors, refer),
      default: refer(["internal"]),
    },
  };
}

const failures = (codes: readonly ErrorCode[], refer: ReferToResponse): JsonSchema =>
  Object.fromEntries([...byStatus(codes)].map(([status, some]) => [status, refer(some)]));

function contentOf({ response, produces }: Endpoint, schemas: SchemaSet): JsonSchema | undefined {
  if (produces) return Object.fromEntries(produces.map((type) => [type, {}]));
  return response && { "application/json": { schema: schemas.output(response) } };
}

const bytes = { type: "string", format: "binary" };

/** Builds a request body of raw bytes, or a form with one file. */
const bytesBody = (types: readonly string[]): JsonSchema => ({
  required: true,
  description: "Requires `Content-Length`.",
  content: Object.fromEntries(
    types.map((type) => [
      type,
      type === "multipart/form-data"
        ? {
            schema: {
              type: "object",
              required: ["file"],
              properties: { file: { ...bytes, description: "The file, with its name." } },
              additionalProperties: false,
            },
          }
        : { schema: bytes },
    ]),
  ),
});

const header = (name: string, description: string): JsonSchema =>
  parameter(name, "header", false, { type: "string", description });

const sessionHeader = parameter(cookieSessionHeader, "header", false, {
  type: "string",
  enum: ["cookie"],
  description: `Keeps the session of a page of this server's own origin in cookies that no script can read. A new refresh token is in the cookie \`${sessionCookieNames.refresh}\`, and empty in the body.`,
});

/** The optional request headers of sessions in cookies, of uploads (digest) and of downloads (ranges and validators). */
function headersOf({ cookieSession, consumes, partial, etag }: Endpoint): JsonSchema[] {
  return [
    ...(cookieSession ? [sessionHeader] : []),
    ...(consumes?.includes("multipart/form-data")
      ? [
          header(
            "Content-Digest",
            "The hash of the body as `sha-256=:<base64>:` (RFC 9530). The upload is rejected if it differs.",
          ),
        ]
      : []),
    ...(partial
      ? [
          header(
            "Range",
            "A single range such as `bytes=0-1023`. A request for several ranges returns the whole file.",
          ),
          header("If-Range", "The `ETag` that the range belongs to."),
        ]
      : []),
    ...(partial || etag ? [header("If-None-Match", "The `ETag` that you have.")] : []),
  ];
}

function parametersOf(
  { params, query }: { params?: z.ZodType; query?: z.ZodType },
  schemas: SchemaSet,
): JsonSchema[] {
  return [
    ...(params ? parametersIn("path", schemas.input(params)) : []),
    ...(query ? parametersIn("query", schemas.input(query)) : []),
  ];
}

function parametersIn(location: "path" | "query", { properties, required }: JsonSchema): JsonSchema[] {
  const requiredNames = new Set(required as string[] | undefined);
  return Object.entries(properties as Record<string, JsonSchema>).map(([name, schema]) =>
    parameter(name, location, requiredNames.has(name), schema),
  );
}

function parameter(
  name: string,
  location: "path" | "query" | "header",
  required: boolean,
  described: JsonSchema,
): JsonSchema {
  const { description, ...schema } = described;
  return {
    name,
    in: location,
    ...(required && { required }),
    ...(description !== undefined && { description }),
    schema,
  };
}
