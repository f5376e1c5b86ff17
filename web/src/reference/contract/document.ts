/** The parts of an OpenAPI 3.1 and an AsyncAPI 3.0 document that the API reference shows. */

/** A JSON Schema of either document. Boolean schemas occur only below other keywords. */
export interface Schema {
  $ref?: string;
  type?: string | readonly string[];
  description?: string;
  properties?: Readonly<Record<string, Schema>>;
  required?: readonly string[];
  additionalProperties?: Schema | boolean;
  propertyNames?: Schema;
  items?: Schema | boolean;
  prefixItems?: readonly Schema[];
  contains?: Schema;
  allOf?: readonly Schema[];
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
  not?: Schema;
  nullable?: boolean;
  const?: unknown;
  enum?: readonly unknown[];
  default?: unknown;
  example?: unknown;
  examples?: readonly unknown[];
  format?: string;
  pattern?: string;
  minLength?: number;
  maxLength?: number;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  exclusiveMaximum?: number;
  multipleOf?: number;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  minProperties?: number;
  maxProperties?: number;
  deprecated?: boolean;
}

/** The named schemas to which `$ref` points. */
export type Components = Readonly<Record<string, Schema>>;

export interface Reference {
  $ref: string;
}

export interface Parameter {
  name: string;
  in: "path" | "query" | "header" | "cookie";
  required?: boolean;
  description?: string;
  schema: Schema;
}

export interface MediaType {
  schema?: Schema;
  example?: unknown;
  examples?: Readonly<Record<string, { value: unknown }>>;
}

export type Content = Readonly<Record<string, MediaType>>;

export interface Response {
  description: string;
  headers?: Readonly<Record<string, unknown>>;
  content?: Content;
}

export interface Operation {
  operationId: string;
  tags?: readonly string[];
  summary?: string;
  description?: string;
  deprecated?: boolean;
  externalDocs?: { url: string; description?: string };
  /** Empty: no credential is needed. */
  security?: readonly Readonly<Record<string, readonly string[]>>[];
  parameters?: readonly (Parameter | Reference)[];
  requestBody?: { required?: boolean; description?: string; content: Content };
  responses: Readonly<Record<string, Response | Reference>>;
}

interface Info {
  title: string;
  version: string;
  description?: string;
}

export interface OpenApi {
  openapi: string;
  info: Info;
  tags?: readonly { name: string; description?: string }[];
  paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  components: { schemas: Components; responses?: Readonly<Record<string, Response>> };
}

export interface Message {
  name: string;
  summary?: string;
  description?: string;
  payload: Schema;
}

export interface CloseCode {
  /** Whether a client may reconnect automatically. */
  reconnect: boolean;
  description: string;
}

export interface Channel {
  address: string;
  summary?: string;
  messages: Readonly<Record<string, Reference>>;
  bindings?: { ws?: { query?: Schema } };
  "x-limits"?: Readonly<Record<string, number>>;
  /** By the number of the code. */
  "x-close-codes"?: Readonly<Record<string, CloseCode>>;
}

export interface ChannelOperation {
  /** From the server's perspective: `receive` is a frame of the client. */
  action: "receive" | "send";
  channel: Reference;
  summary?: string;
  messages: readonly Reference[];
  reply?: { messages?: readonly Reference[] };
}

export interface AsyncApi {
  asyncapi: string;
  info: Info;
  channels: Readonly<Record<string, Channel>>;
  operations: Readonly<Record<string, ChannelOperation>>;
  components: { messages: Readonly<Record<string, Message>>; schemas: Components };
}

/** Both documents. `asyncApi` is null when it could not be loaded; the rest of the page works without it. */
export interface Contract {
  openApi: OpenApi;
  asyncApi: AsyncApi | null;
}

/** Returns the last segment of a reference, which is the name of the component: `Message` of `#/components/schemas/Message`. */
export const referredName = ($ref: string): string => $ref.slice($ref.lastIndexOf("/") + 1);

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const isReference = (value: object): value is Reference => "$ref" in value;

/** Returns the value of an own property: a name such as `constructor` in a document finds nothing that is inherited. */
export const own = <T>(record: Readonly<Record<string, T>> | undefined, name: string): T | undefined =>
  record && Object.hasOwn(record, name) ? record[name] : undefined;
