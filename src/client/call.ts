import { Backoff } from "./backoff.ts";
import type { Endpoint } from "./endpoint.ts";
import { errorFromResponse, ParleyError, withOutcome } from "./error.ts";
import { newNonce } from "./nonce.ts";
import { readAnswer, sendRequest } from "./request.ts";
import type { AnyEndpoint, AnyInput, RequestOptions } from "./request.ts";
import type { SessionTokens } from "./session-tokens.ts";

/** Options of every call. */
export interface CallOptions {
  /** Aborts the call, including its retries; it rejects with the signal's reason. */
  signal?: AbortSignal;
  /** False: a single attempt. By default a call is retried for up to 30 s where that is safe; see `Call`. */
  retry?: boolean;
}

/** The input of a call: `params`, `query`, `body` or `bytes` of the endpoint, and options. */
export type CallInput<E extends AnyEndpoint> = (E extends Endpoint<infer Input, unknown> ? Input : never) &
  CallOptions;

/** The result of a call: the JSON of the response; undefined for 204; the `Response` itself if it is not JSON. */
export type Answer<E extends AnyEndpoint> = E extends Endpoint<never, infer Output> ? Output : never;

/** The arguments of a call after the endpoint: the input is optional if all of its parts are. */
export type CallArguments<E extends AnyEndpoint> =
  Record<never, never> extends CallInput<E> ? [input?: CallInput<E>] : [input: CallInput<E>];

/**
 * Calls an endpoint of the catalogue. After a 401 the tokens are renewed once and the request is repeated. While the server cannot
 * be reached or responds with 429 or 503, the call is retried with exponential backoff and full jitter, for up to 30 s in all and
 * not before `Retry-After`: an idempotent request (`GET`, `PUT`, `DELETE`, one with a nonce, …) in any case, any other only where
 * the server has certainly not carried it out.
 *
 * @throws ParleyError the server's error, or `unavailable` with status 0 without a response.
 * @example const channel = await client.call(getChannel, { params: { channelId } });
 */
export type Call = <E extends AnyEndpoint>(endpoint: E, ...args: CallArguments<E>) => Promise<Answer<E>>;

/** Checks each JSON response before it is returned; an error that it throws rejects the call. */
export type CheckAnswer = (endpoint: AnyEndpoint, answer: unknown) => void;

/** Options of `createCall`. */
export interface CallerOptions extends RequestOptions {
  tokens: SessionTokens;
  /** Timeout of one attempt. */
  timeoutMs: number;
  checkAnswer: CheckAnswer | undefined;
}

/** How long a call may take in all, attempts and delays together. */
const retryForMs = 30_000;
const retryWaits = { minMs: 250, maxMs: 8_000 };

/** Creates the function that calls endpoints with retries. */
export function createCall(options: CallerOptions): Call {
  return async <E extends AnyEndpoint>(endpoint: E, ...[given = {}]: [AnyInput?]): Promise<Answer<E>> => {
    const input = withNonce(endpoint, given);
    const backoff = new Backoff(retryWaits);
    const endsAt = performance.now() + retryForMs;
    let mayHaveHappened = false;
    for (let { timeoutMs } = options; ; timeoutMs = Math.min(timeoutMs, endsAt - performance.now())) {
      const attempt = new Attempt(options, endpoint, input);
      try {
        return (await attempt.run(Math.max(1, timeoutMs))) as Answer<E>;
      } catch (error) {
        if (!(error instanceof ParleyError)) throw error;
        mayHaveHappened ||= attempt.wasSent && error.mayHaveHappened;
        const waitMs = (error.retryAfterMs ?? 0) + backoff.next();
        const isLate = performance.now() + waitMs > endsAt;
        if (input.retry === false || isLate || !isRetrySafe(endpoint, error, attempt.wasSent))
          throw mayHaveHappened === error.mayHaveHappened ? error : withOutcome(error, mayHaveHappened);
        await sleep(waitMs, input.signal);
      }
    }
  };
}

/** Adds a nonce, by which the server recognizes a repeated request and does not create a second message. */
function withNonce(endpoint: AnyEndpoint, input: AnyInput): AnyInput {
  if (!endpoint.takesNonce) return input;
  return { ...input, body: { nonce: newNonce(), ...(input.body as object) } };
}

function isRetrySafe(endpoint: AnyEndpoint, error: ParleyError, wasSent: boolean): boolean {
  if (error.code === "rate_limited") return true;
  return error.code === "unavailable" && (endpoint.idempotent === true || !wasSent || !error.mayHaveHappened);
}

/** One attempt of a call: a request, and a second one with new tokens after a 401. */
class Attempt {
  /** Whether the server may have received the request. */
  wasSent = false;
  readonly #options: CallerOptions;
  readonly #endpoint: AnyEndpoint;
  readonly #input: AnyInput;

  constructor(options: CallerOptions, endpoint: AnyEndpoint, input: AnyInput) {
    this.#options = options;
    this.#endpoint = endpoint;
    this.#input = input;
  }

  async run(timeoutMs: number): Promise<unknown> {
    const { tokens, checkAnswer } = this.#options;
    const endpoint = this.#endpoint;
    const accessToken = endpoint.isPublic ? null : await tokens.fresh();
    let response = await this.#send(accessToken, timeoutMs);
    if (response.status === 401 && accessToken !== null) {
      await response.body?.cancel();
      this.wasSent = false;
      response = await this.#send(await tokens.refresh(accessToken), timeoutMs);
    }
    if (!response.ok) throw await errorFromResponse(response);
    const answer = await readAnswer(endpoint, response);
    if (endpoint.answers === undefined && answer !== undefined) checkAnswer?.(endpoint, answer);
    return answer;
  }

  #send(accessToken: string | null, timeoutMs: number): Promise<Response> {
    this.wasSent = true;
    const request = { accessToken: accessToken ?? undefined, timeoutMs };
    return sendRequest(this.#options, this.#endpoint, this.#input, request);
  }
}

/** Waits `ms`; rejects with the signal's reason when the signal is aborted. */
function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = (): void => {
      clearTimeout(timer);
      reject(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      resolve();
    }, ms);
    signal?.addEventListener("abort", abort, { once: true });
  });
}
