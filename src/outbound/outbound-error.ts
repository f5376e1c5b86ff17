/**
 * Why a request to a chosen address was not made, or has no response:
 *
 * - `invalid_url`: no absolute URL, or too long
 * - `forbidden_url`: a scheme, port, host or address that is not permitted, or user information in the URL
 * - `unknown_host`: the resolver of `OUTBOUND_DNS_URL` has no address for the name
 * - `resolver_failed`: that resolver did not answer
 * - `timeout`: no complete response in time
 * - `unreachable`: no connection, or it ended before the response
 */
export type OutboundErrorCode =
  | "invalid_url"
  | "forbidden_url"
  | "unknown_host"
  | "resolver_failed"
  | "timeout"
  | "unreachable";

/** A request that was not made or has no response. Its message contains neither the URL nor what the network layer reported. */
export class OutboundError extends Error {
  override readonly name = "OutboundError";
  readonly code: OutboundErrorCode;

  constructor(code: OutboundErrorCode, message: string) {
    super(message);
    this.code = code;
  }
}
