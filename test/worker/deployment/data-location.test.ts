import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test } from "vitest";
import { hubOf, roomOf } from "../../../src/rpc/stubs.ts";
import { getHealth } from "../../../src/protocol/index.ts";
import { buildRequest, expectProblem, sendWithBindings } from "../../support/worker/clients/raw-requests.ts";
import { captureLogs } from "../../support/worker/fakes/console-capture.ts";
import { failingDatabase } from "../../support/worker/fakes/failing-bindings.ts";

const production = { ENVIRONMENT: "production", SETUP_TOKEN: "a setup token of tests" };
const me = () => buildRequest("GET", "/v1/users/me");

const storedJurisdiction = () =>
  env.DB.prepare("SELECT value FROM deployment_facts WHERE name = 'jurisdiction'").first<string>("value");

afterEach(async () => {
  await env.DB.prepare("DELETE FROM deployment_facts").run();
});

/** A namespace that records how stubs are created, because the local runtime has no jurisdictions. */
function recordingNamespace() {
  const made: string[] = [];
  const namespaceIn = (jurisdiction: string) => ({
    jurisdiction: (name: string) => namespaceIn(name),
    getByName: (name: string, options: { locationHint?: string }) =>
      made.push([jurisdiction, name, options.locationHint ?? "no hint"].join(" ")),
  });
  return { made, namespace: namespaceIn("anywhere") };
}

describe("[DP1] data location", () => {
  test("every stub is made in JURISDICTION, with LOCATION_HINT", () => {
    const { made, namespace } = recordingNamespace();
    const bindings = { ...env, ...production, ROOMS: namespace, HUBS: namespace } as unknown as Env;
    roomOf(bindings, "chn_1");
    roomOf({ ...bindings, JURISDICTION: "eu" }, "chn_2");
    hubOf({ ...bindings, JURISDICTION: "us", LOCATION_HINT: "enam" }, "usr_1");
    hubOf({ ...bindings, ENVIRONMENT: "local", JURISDICTION: "eu" }, "usr_2");
    expect(made).toEqual([
      "anywhere chn_1 no hint",
      "eu chn_2 no hint",
      "us usr_1 enam",
      "anywhere usr_2 no hint",
    ]);
  });

  test("the first request sets it; a Worker with another one answers 503 and logs why", async () => {
    await expectProblem(
      await sendWithBindings({ ...production, JURISDICTION: "eu" }, me()),
      "unauthenticated",
    );
    expect(await storedJurisdiction()).toBe("eu");

    const { lines } = await captureLogs(async () => {
      for (const JURISDICTION of ["us", "", "fedramp"])
        await expectProblem(await sendWithBindings({ ...production, JURISDICTION }, me()), "unavailable");
    });
    expect(lines.filter(({ message }) => message === "deployment.jurisdiction_mismatch")).toMatchObject([
      { level: "error", reason: expect.stringContaining('"eu", but JURISDICTION says "us"') },
      { reason: expect.stringContaining('JURISDICTION says "none"') },
      { reason: expect.stringContaining('JURISDICTION says "fedramp"') },
    ]);
    const health = await sendWithBindings(
      { ...production, JURISDICTION: "us" },
      buildRequest("GET", "/v1/health"),
    );
    expect(health.status).toBe(503);
    expect(getHealth.response.parse(await health.json())).toMatchObject({
      status: "down",
      checks: { database: { status: "ok" }, dataLocation: { status: "down" } },
    });
    expect(await storedJurisdiction()).toBe("eu");
    await expectProblem(
      await sendWithBindings({ ...production, JURISDICTION: "eu" }, me()),
      "unauthenticated",
    );
  });

  test("twenty concurrent first requests set one location; the others are rejected", async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        sendWithBindings({ ...production, JURISDICTION: index % 2 ? "eu" : "us" }, me()),
      ),
    );
    const statuses = answers.map(({ status }) => status);
    const fixed = await storedJurisdiction();
    expect(statuses).toEqual(statuses.map((_, index) => ((index % 2 ? "eu" : "us") === fixed ? 401 : 503)));
  });

  test.each([["fails", new Error("D1_ERROR: no answer")] as const, ["hangs", "never"] as const])(
    "requests proceed while D1 %s",
    async (_, how) => {
      const response = await sendWithBindings(
        { ...production, JURISDICTION: "eu", DB: failingDatabase(how) },
        me(),
      );
      await expectProblem(response, "unauthenticated");
    },
  );

  test("a local server ignores it", async () => {
    await expectProblem(await sendWithBindings({ JURISDICTION: "eu" }, me()), "unauthenticated");
    expect(await storedJurisdiction()).toBeNull();
  });

  test.each(["EU", "mars"])("JURISDICTION %s is rejected as a config variable", async (JURISDICTION) => {
    const response = await sendWithBindings({ JURISDICTION }, me());
    await expectProblem(response, "internal");
  });
});
