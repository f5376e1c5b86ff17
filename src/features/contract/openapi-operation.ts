import { type Endpoint, type ErrorCode, errorsOf, limits, type sockets } from "../../protocol/index.ts";
import type { z } from "zod";
import { offeredSubprotocols } from "./handshake-headers.ts";
import { byStatus } from "./openapi-error-responses.ts";
import type { JsonSchema, SchemaSet } from "./json-schemas.ts";
import { actionsOfEndpoint, describeActions } from "./permission-descriptions.ts";

type Socket = (typeof sockets)[keyof typeof sockets];
/** Answers a reference to the response that stands for these codes. */
type ReferToResponse = (codes: ErrorCode[]) => JsonSchema;

const requestIdHeader = { "X-Request-Id": { $ref: "#/components/headers/RequestId" } };
const bySession = [{ accessToken: [] }];

export function operation(name: string, endpoint: Endpoint, schemas: SchemaSet, refer: ReferToResponse): JsonSchema {
  const { summary, tag, auth, body, consumes, partial, status, repeatStatus, unhealthyStatus } = endpoint;
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
    security: auth === "user" ? bySession : [],
    ...(parameters.length > 0 && { parameters }),
    ...(body && {
      requestBody: {
        required: true,
        description: `At most ${limits.jsonBodyBytes / 1024} KiB.`,
        content: { "application/json": { schema: schemas.input(body) } },
      },
    }),
    ...(consumes && { requestBody: bytesBody(consumes) }),
    responses: {
      [status]: success({ 200: "Done", 201: "Made", 204: "Done; no body" }[status]),
      ...(repeatStatus && { [repeatStatus]: success("It was done already: this is what is there") }),
      ...(partial && {
        206: success("The range that was asked for"),
        304: { description: "You have it: the `ETag` is the same", headers: requestIdHeader },
      }),
      ...failures(errorsOf(endpoint), refer),
      ...(unhealthyStatus && { [unhealthyStatus]: success("Not well: the body says why") }),
    },
  };
}

/** OpenAPI knows no WebSocket: the request that begins one, and how it is refused. */
export function socketOperation(name: string, socket: Socket, schemas: SchemaSet, refer: ReferToResponse): JsonSchema {
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
      101: { description: "The socket is open", headers: requestIdHeader },
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

/** A body of bytes, or a form with one file. */
const bytesBody = (types: readonly string[]): JsonSchema => ({
  required: true,
  description: "`Content-Length` is wanted.",
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

/** What is said beside the body, or of what one has already. */
function headersOf({ consumes, partial }: Endpoint): JsonSchema[] {
  return [
    ...(consumes?.includes("multipart/form-data")
      ? [header("Content-Digest", "`sha-256=:…:` of the body, base 64 (RFC 9530): refused unless it is so.")]
      : []),
    ...(partial
      ? [
          header("Range", "One range, as `bytes=0-1023`; several are answered by all of it."),
          header("If-Range", "The `ETag` that the range is of."),
          header("If-None-Match", "The `ETag` that you have."),
        ]
      : []),
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

function parametersIn(place: "path" | "query", { properties, required }: JsonSchema): JsonSchema[] {
  const wanted = new Set(required as string[] | undefined);
  return Object.entries(properties as Record<string, JsonSchema>).map(([name, schema]) =>
    parameter(name, place, wanted.has(name), schema),
  );
}

function parameter(
  name: string,
  place: "path" | "query" | "header",
  required: boolean,
  described: JsonSchema,
): JsonSchema {
  const { description, ...schema } = described;
  return {
    name,
    in: place,
    ...(required && { required }),
    ...(description !== undefined && { description }),
    schema,
  };
}
