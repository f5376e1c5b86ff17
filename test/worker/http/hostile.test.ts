import { expect, test } from "vitest";
import { errorsOf, getHealth } from "../../../src/protocol/index.ts";
import { expectProblem, origin, sendWithBindings } from "../../support/worker/clients/raw-requests.ts";
import { endpointOf } from "../../support/worker/clients/rest-client.ts";
import { captureLogs } from "../../support/worker/fakes/console-capture.ts";
import {
  bodyNames,
  createSampleWorkspace,
  sampleOf,
} from "../../support/worker/fixtures/endpoint-samples.ts";
import { type HostileRequest, hostileRequests } from "../../support/worker/generators/hostile-requests.ts";

/** Another seed finds other faults; the same seed finds the same again. */
const seeds = [20_261_122, 7, 424_242, 99];
const requestsASeed = 500;

const needsMail = /\/auth\/(?:password\/forgot|email\/resend)|\/users\/me\/email/;

async function check(sent: HostileRequest, response: Response): Promise<void> {
  // The server of this test sends no mail.
  if (response.status >= 500 && !(response.status === 503 && needsMail.test(sent.path)))
    expect.fail(`${response.status}: ${await response.text()}`);
  expect(response.headers.get("X-Request-Id")).toMatch(/^req_/);
  if (response.webSocket) return void response.webSocket.accept();
  if (sent.method === "HEAD" || sent.method === "OPTIONS" || [204, 304].includes(response.status))
    return expect(await response.text()).toBe("");
  const { pathname } = new URL(sent.path, origin);
  const endpoint = endpointOf(sent.method, pathname.replaceAll(/%[0-9a-f]{2}/gi, "x"));
  if (response.status >= 400) {
    const problem = await expectProblem(response);
    if (endpoint) expect([...errorsOf(endpoint), "not_found", "method_not_allowed"]).toContain(problem.code);
    return;
  }
  expect(endpoint, "a success of an unknown endpoint").toBeDefined();
  // A response with an ETag may be kept, and is revalidated each time.
  if (endpoint!.auth === "user")
    expect(response.headers.get("Cache-Control")).toBe(
      response.headers.has("ETag") ? "private, no-cache" : "no-store",
    );
  if (endpoint!.response) endpoint!.response.parse(await response.json());
  else await response.text();
}

test.each(seeds)(
  "[ER1] [ER2] [ER4] 500 hostile requests of seed %i: no 5xx, one log line each",
  { timeout: 120_000 },
  async (seed) => {
    const workspace = await createSampleWorkspace();
    const bodies: Record<string, Record<string, unknown> | undefined> = {};
    // One after the other: in the test pool, two requests that load the same module for the first time can wait for each other forever.
    for (const name of bodyNames) bodies[name] = (await sampleOf(name, workspace)).body;
    const statuses = new Map<number, number>();
    for (const sent of hostileRequests(requestsASeed, seed, workspace, bodies)) {
      const about = `seed ${seed}: ${sent.method} ${sent.path.slice(0, 300)} ${JSON.stringify(sent.headers.slice(1)).slice(0, 300)} ${String(sent.body).slice(0, 300)}`;
      try {
        const { result, requests, text } = await captureLogs(async () => {
          const headers = new Headers();
          for (const [name, value] of sent.headers) headers.append(name, value);
          return sendWithBindings(
            {},
            new Request(`${origin}${sent.path}`, {
              method: sent.method,
              headers,
              ...(sent.body !== undefined && { body: sent.body }),
            }),
          );
        });
        await check(sent, result);
        statuses.set(result.status, (statuses.get(result.status) ?? 0) + 1);
        const isHealthy = result.status === 200 && sent.path.startsWith(getHealth.path);
        expect(requests).toHaveLength(isHealthy ? 0 : 1);
        if (result.status !== 503) expect(text).not.toContain('"level":"error"');
      } catch (error) {
        throw new Error(`${about}\n${String(error)}`, { cause: error });
      }
    }
    // The test would prove little if authentication rejected all of them.
    expect(statuses.get(401) ?? 0).toBeLessThan(requestsASeed / 2);
    for (const status of [200, 400, 401, 404])
      expect(statuses.get(status) ?? 0, `${status} of ${JSON.stringify([...statuses])}`).toBeGreaterThan(
        requestsASeed / 50,
      );
  },
);
