import type { JsonSchema } from "./json-schemas.ts";

const at = "2026-11-22T09:30:00.000Z";
const userId = "usr_01M8GEW3WZPY9Y08TMT4SY428K";
const channelId = "chn_01M8GFARZ9G15DD56ZNRDJRWG3";
const messageId = "msg_01M8GGA5DN059HYW1P0QDF3Y2J";
const fileId = "fil_01M8GGA5E5K6N3T8P0QDF3Y2JX";

/** Example values for which no rule below yields a good one. Keys: `Schema`, `Schema.property`, or a property's name. */
const namedExamples: Readonly<Record<string, unknown>> = {
  UserId: userId,
  ChannelId: channelId,
  MessageId: messageId,
  FileId: fileId,
  GroupId: "grp_01M8GGA5DQ7Z6W3R9T0K2V4X6Z",
  handle: "backend",
  IncomingWebhookId: "iwh_01M8GGA5DQ7Z6W3R9T0K2V4X6Z",
  ServerKeyId: "key_01M8GGA5DQ7Z6W3R9T0K2V4X6Z",
  TokenId: "tok_01M8GGA5DQ7Z6W3R9T0K2V4X6Z",
  InviteId: "inv_01M8GGA5DQ7Z6W3R9T0K2V4X6Z",
  SessionId: "ses_01M8GGA5DQ7Z6W3R9T0K2V4X6Z",
  AuditEntryId: "aud_01M8GGA5DQ7Z6W3R9T0K2V4X6Z",
  JobId: "job_01M8GGA5DQ7Z6W3R9T0K2V4X6Z",
  HttpUrl: "https://example.org/builds/42",
  icon: ":rocket:",
  color: "#2e7d32",
  metadata: { build: 42 },
  entities: [],
  offset: 0,
  length: 4,
  marker: 2,
  "Job.error": null,
  "Job.finishedAt": at,
  resultUrl: "/v1/jobs/job_01M8GGA5DQ7Z6W3R9T0K2V4X6Z/result",
  "AuditEntry.detail": { role: "moderator" },
  "AuditEntry.userAgent": "Firefox on Linux",
  objectId: userId,
  PasskeyId: "psk_01M8GGA5E9T7Q2W4Z6X8V0K3J5",
  EphemeralMessageId: "eph_01M8GGA5E9T7Q2W4Z6X8V0K3J5",
  ScheduledMessageId: "sch_01M8GGA5E9T7Q2W4Z6X8V0K3J5",
  ReminderId: "rem_01M8GGA5E9T7Q2W4Z6X8V0K3J5",
  SlashCommandId: "cmd_01M8GGA5DQ7Z6W3R9T0K2V4X6Z",
  CommandRunId: "run_01M8GGA5DQ7Z6W3R9T0K2V4X6Z",
  usage: "<service> [version]",
  command: "deploy",
  responseUrl:
    "https://chat.example.com/v1/command-responses/01M8GEW3WZPY9Y08TMT4SY428K01M8GGA5DQ7Z6W3R9T0K2V4X6Z.MAC",
  EventSubscriptionId: "sub_01M8HY13JHZVSV79SZFDQC6EFE",
  DeliveryId: "dlv_01M8HY1QKDWKTTZHQEMZGJ2048",
  PushSubscriptionId: "psh_01M8GGA5DQ7Z6W3R9T0K2V4X6Z",
  signingSecret: "8f742231b10e8888abcd99yyyzzz85a5",
  Timestamp: at,
  TimestampInput: at,
  Seq: 42,
  Epoch: "k3J9x2Qm",
  Cursor: "WzQyXQ",
  Nonce: "5f0c2a51-7c1e-4f43-9f0a-1f6f0d1f4a11",
  content: "Coffee at ten?",
  displayName: "Ann",
  username: "ann",
  email: "ann@example.com",
  login: "ann",
  password: "correct horse battery",
  currentPassword: "correct horse battery",
  newPassword: "staple battery horse",
  accessToken: "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ1c3JfMDEifQ.c2lnbmF0dXJl",
  refreshToken: "usr_01M8GEW3WZPY9Y08TMT4SY428K.ses_01M8GGA5DQ7Z6W3R9T0K2V4X6Z.3.bWFj",
  ticket: "usr_01M8GEW3WZPY9Y08TMT4SY428K.cmFuZG9tIGFuZCBNQUMgb2YgYSB0aWNrZXQ",
  emoji: "👍",
  timeZone: "Europe/Berlin",
  topic: "This week: the release",
  description: "Announcements for all teams",
  device: "Firefox on Linux",
  addressPrefix: "192.0.2.0/24",
  sha256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
  requestId: "req_01M8GEW3WZPY9Y08TMT4SY428K",
  detail: "No such channel",
  title: "Resource not found",
  code: "not_found",
  kid: "3mQ0c6XyXqQn0l0b0l2r7Jt1s8Yp9WmQ2u4v6x8z0A1",
  x: "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo",
  text: "Cake at ten",
  openapi: "3.1.1",
  asyncapi: "3.0.0",
  highlights: [[0, 6]],
  name: "general",
  type: "application/pdf",
  sizeBytes: 48_213,
  version: 1,
  mentions: [],
  reactions: [{ emoji: "👍", count: 2 }],
  participantIds: [userId],
  "File.name": "plan.pdf",
  "File.type": "application/pdf",
  "FileUpload.name": "plan.pdf",
  "EventSubscription.name": "deployments",
  "EventSubscription.url": "https://ci.example.com/parley",
  "EventDelivery.type": "messageCreate",
  "EventDelivery.status": 503,
  "EventDelivery.error": "status",
  "EventDelivery.state": "retrying",
  "Problem.type": "/errors/not_found",
  "Problem.status": 404,
  secret: "srv_01M8GGA5DQ7Z6W3R9T0K2V4X6Z_random-and-MAC",
  externalId: "4711",
  expiresInSeconds: 3_600,
  "Health.version": "0.1.0",
  "Health.checks": { database: { status: "ok" } },
};

/**
 * Builds an example value of a JSON Schema: a named example, the schema's own example or constant, or else a minimal value of its type.
 *
 * @param components the schemas that references point to, by name
 */
export function exampleOf(schema: JsonSchema, components: Record<string, JsonSchema>): unknown {
  return build(schema, { components, path: [] });
}

interface Context {
  components: Record<string, JsonSchema>;
  /** The names of schemas and properties on the path from the root. The last two select the named example. */
  path: string[];
}

function build(schema: JsonSchema, { components, path }: Context): unknown {
  const within = (step: string): Context => ({ components, path: [...path, step] });
  if (typeof schema["$ref"] === "string") {
    const name = schema["$ref"].split("/").at(-1) ?? "";
    if (Object.hasOwn(namedExamples, name)) return namedExamples[name];
    return build(components[name] ?? {}, { components, path: [name] });
  }
  if ("const" in schema) return schema["const"];
  const property = path.at(-1) ?? "";
  for (const key of [path.slice(-2).join("."), property])
    if (Object.hasOwn(namedExamples, key) && fits(schema, namedExamples[key])) return namedExamples[key];
  const examples = schema["examples"] as unknown[] | undefined;
  if (examples?.length) return examples[0];
  if ("default" in schema) return schema["default"];
  const values = schema["enum"] as unknown[] | undefined;
  if (values?.length) return values[0];
  const alternatives = (schema["anyOf"] ?? schema["oneOf"]) as JsonSchema[] | undefined;
  if (alternatives?.length) return build(alternatives[0] ?? {}, { components, path });
  const parts = schema["allOf"] as JsonSchema[] | undefined;
  if (parts?.length) return Object.assign({}, ...parts.map((part) => build(part, { components, path })));
  return ofType(schema, within);
}

function ofType(schema: JsonSchema, within: (step: string) => Context): unknown {
  const types = new Set([schema["type"]].flat());
  if (schema["properties"] || types.has("object")) {
    const properties = (schema["properties"] ?? {}) as Record<string, JsonSchema>;
    const required = new Set(schema["required"] as string[] | undefined);
    const entries = Object.entries(properties).filter(([name]) => required.has(name) || !isRarelySent(name));
    return Object.fromEntries(entries.map(([name, value]) => [name, build(value, within(name))]));
  }
  if (types.has("array")) {
    const item = build((schema["items"] ?? {}) as JsonSchema, within("item"));
    return item === undefined ? [] : [item];
  }
  if (types.has("integer") || types.has("number")) return schema["minimum"] ?? 1;
  if (types.has("boolean")) return false;
  if (types.has("string")) return "text".slice(0, (schema["maxLength"] as number | undefined) ?? 4);
  return null;
}

/** Whether this is an optional field that a typical request or response does not have. */
const isRarelySent = (name: string): boolean =>
  [
    "issues",
    "retryAfterMs",
    "setupToken",
    "me",
    "seqs",
    "width",
    "height",
    "charset",
    "since",
    "expiresAt",
    "kind",
    "sender",
    "attachments",
    "metadata",
    "when",
    "done",
    "reminderId",
    "overwritten",
    "unreadable",
    "replaceOriginal",
    "deleteOriginal",
  ].includes(name);

/** Whether a named example has the schema's type. Properties of the same name can have different types. */
function fits(schema: JsonSchema, value: unknown): boolean {
  const alternatives = (schema["anyOf"] ?? schema["oneOf"]) as JsonSchema[] | undefined;
  if (alternatives) return alternatives.some((alternative) => fits(alternative, value));
  const types = new Set([schema["type"]].flat());
  if (Array.isArray(value)) return types.has("array");
  if (typeof value === "number") return types.has("integer") || types.has("number");
  if (typeof value === "object") return types.has("object");
  const values = schema["enum"] as unknown[] | undefined;
  if (values) return values.includes(value);
  return (
    types.has(typeof value) &&
    !("pattern" in schema && !new RegExp(String(schema["pattern"]), "u").test(String(value)))
  );
}
