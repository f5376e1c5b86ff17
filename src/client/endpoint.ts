/** An endpoint without parameters, query or body. */
export type NoInput = Record<never, never>;

/**
 * A REST operation of the server, for `client.call`. `Input` is what it takes (`params`, `query`, `body`, `bytes`), `Output` what
 * it answers.
 */
export interface Endpoint<Input = never, Output = unknown> {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** With `:name` parameters. */
  readonly path: string;
  /** Needs no session. */
  readonly isPublic?: true;
  readonly sends?: "json" | "bytes";
  /** `response`: the `Response` itself, since the answer is not JSON. JSON where it is absent. */
  readonly answers?: "nothing" | "response";
  /** Repeating the request has the same outcome, so that it is safe when no answer came. */
  readonly idempotent?: true;
  /** Its body takes a `nonce`, which makes it idempotent. */
  readonly takesNonce?: true;
  /** How its answers continue: by `nextCursor`, by the `seq` of messages, or by that of events. */
  readonly pages?: "cursor" | "messages" | "events";
  /** Only types; absent at run time. */
  readonly types?: (input: Input) => Output;
}
