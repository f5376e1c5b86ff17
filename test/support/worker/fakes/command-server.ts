import { onTestFinished } from "vitest";
import type { CommandInvocation } from "../../../../src/protocol/index.ts";
import { setWorkerConfig } from "../objects/worker-config.ts";

/** A request that the server of a command received. */
export interface ReceivedRequest {
  headers: Headers;
  body: string;
  invocation: CommandInvocation;
}

type Respond = (request: ReceivedRequest) => Response | Promise<Response>;

let made = 0;

/** The server of a command: receives the Worker's requests to `url` in place of the network, until the test ends. */
export function startCommandServer(respond: Respond = () => new Response(null, { status: 204 })): {
  url: string;
  requests: ReceivedRequest[];
} {
  setWorkerConfig({ OUTBOUND_ALLOW_LOOPBACK: "on" });
  const url = `http://127.0.0.1:9/command-${++made}`;
  const requests: ReceivedRequest[] = [];
  const platformFetch = globalThis.fetch;
  const fake = (async (input: RequestInfo | URL, init?: RequestInit) => {
    const request = new Request(input instanceof URL ? input.href : input, init);
    if (request.url !== url) return platformFetch(input as RequestInfo, init);
    const body = await request.text();
    const received = { headers: request.headers, body, invocation: JSON.parse(body).data };
    requests.push(received);
    return respond(received);
  }) as typeof fetch;
  globalThis.fetch = fake;
  onTestFinished(() => void (globalThis.fetch = platformFetch));
  return { url, requests };
}

/** Makes a response with JSON. */
export const json = (body: unknown): Response => Response.json(body);
