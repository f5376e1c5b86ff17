/** An endpoint without parameters, query or body. */
export type NoInput = Record<never, never>;

/**
 * A REST operation of the server, for `client.call`.
 *
 * `Input` has its `params`, `query`, `body` and `bytes`; `Output` is the type of its response.
 */
export interface Endpoint<Input = never, Output = unknown> {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** A path with `:name` parameters. */
  readonly path: string;
  /** It needs no session. */
  readonly isPublic?: true;
  readonly sends?: "json" | "bytes";
  /** `response`: the call returns the `Response` itself, because the content is not JSON. Absent: JSON. */
  readonly answers?: "nothing" | "response";
  /** The media type that is requested, of an endpoint that has several. Absent: JSON. */
  readonly accepts?: string;
  /** Repeating the request has the same outcome, so that it may be retried without a response. */
  readonly idempotent?: true;
  /** Its body accepts a `nonce`, which makes it idempotent. */
  readonly takesNonce?: true;
  /** How the next page is requested: by `nextCursor`, by the `seq` of messages, or by the `seq` of events. */
  readonly pages?: "cursor" | "messages" | "events";
  /** Carries the types; absent at run time. */
  readonly types?: (input: Input) => Output;
}
