import { Backoff } from "./backoff.ts";
import type { Endpoint } from "./endpoint.ts";
import { errorFromResponse, ParleyError, withOutcome } from "./error.ts";
import { newNonce } from "./nonce.ts";
import { readAnswer, sendRequest } from "./request.ts";
import type { AnyEndpoint, AnyInput, RequestOptions } from "./request.ts";
import type { TokenHolder } from "./tokens.ts";

export interface CallOptions {
  /** Ends the call, its retries too; it rejects with the signal's reason. */
  signal?: AbortSignal;
  /** False: one attempt. By default a call is retried for 30 s where that is safe; see `Call`. */
  retry?: boolean;
}

/** What a call of an endpoint takes: its `params`, `query`, `body` or `bytes`, and options. */
export type CallInput<E extends AnyEndpoint> = (E extends Endpoint<infer Input, unknown> ? Input : never) &
  CallOptions;

/** What a call of an endpoint returns: its JSON; nothing for 204; the `Response` itself where the answer is not JSON. */
export type Answer<E extends AnyEndpoint> = E extends Endpoint<never, infer Output> ? Output : never;

export type CallArguments<E extends AnyEndpoint> =
  Record<never, never> extends CallInput<E> ? [input?: CallInput<E>] : [input: CallInput<E>];

/**
 * Calls an endpoint of the catalogue. On 401 the tokens are renewed once and the call is repeated. It is retried with full jitter,
 * for 30 s in all and not before `Retry-After`, while the server can't be reached or answers 429 or 503: an idempotent request
 * (`GET`, `PUT`, `DELETE`, one with a nonce, …) always, any other one only where it was certainly not carried out.
 *
 * @throws ParleyError the server's error, or `unavailable` with status 0 when no answer came.
 */
export type Call = <E extends AnyEndpoint>(endpoint: E, ...args: CallArguments<E>) => Promise<Answer<E>>;

/** Called with each JSON answer before it is returned; what it throws rejects the call. */
export type CheckAnswer = (endpoint: AnyEndpoint, answer: unknown) => void;

export interface CallerOptions extends RequestOptions {
  tokens: TokenHolder;
  /** Of one attempt. */
  timeoutMs: number;
  checkAnswer: CheckAnswer | undefined;
}

/** For how long a call is retried, the attempts included. */
const retryForMs = 30_000;
const retryWaits = { minMs: 250, maxMs: 8_000 };

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

/** A nonce of the client's makes a repeated request the same message. */
function withNonce(endpoint: AnyEndpoint, input: AnyInput): AnyInput {
  if (!endpoint.takesNonce) return input;
  return { ...input, body: { nonce: newNonce(), ...(input.body as object) } };
}

function isRetrySafe(endpoint: AnyEndpoint, error: ParleyError, wasSent: boolean): boolean {
  if (error.code === "rate_limited") return true;
  return error.code === "unavailable" && (endpoint.idempotent === true || !wasSent || !error.mayHaveHappened);
}

/** One attempt of a call: a request, and a second one with new tokens where the first was unauthenticated. */
class Attempt {
  /** Whether the server may have carried the request out. */
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
    if (endpoint.answers === undefined) checkAnswer?.(endpoint, answer);
    return answer;
  }

  #send(accessToken: string | null, timeoutMs: number): Promise<Response> {
    this.wasSent = true;
    const request = { accessToken: accessToken ?? undefined, timeoutMs };
    return sendRequest(this.#options, this.#endpoint, this.#input, request);
  }
}

/** Waits; rejects with the signal's reason when that is aborted. */
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
