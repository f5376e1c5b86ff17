import { describe, expect, test } from "vitest";
import { app } from "../../../src/app.ts";
import { compatibilityRoutes, endpoints, sockets } from "../../../src/protocol/index.ts";
import { callEndpoint } from "../../support/worker/clients/endpoint-client.ts";
import {
  createSampleWorkspace,
  endpointNames,
  endpointSamples,
} from "../../support/worker/fixtures/endpoint-samples.ts";

const catalogued = [
  ...Object.values(endpoints).map(({ method, path }) => `${method.toUpperCase()} ${path}`),
  ...Object.values(sockets).map(({ path }) => `GET ${path}`),
  ...Object.values(compatibilityRoutes).flatMap(({ methods, path }) =>
    methods.map((method) => `${method.toUpperCase()} ${path}`),
  ),
];
const mounted = app.routes.filter(({ path, method }) => !(method === "ALL" && path === "/*"));

describe("[ER1] catalogue and mounted routes", () => {
  test("each endpoint and socket of the catalogue is mounted", () => {
    const routes = new Set(mounted.map(({ method, path }) => `${method} ${path}`));
    expect(catalogued.filter((route) => !routes.has(route))).toEqual([]);
  });

  test("each mounted route is in the catalogue", () => {
    expect(
      [...new Set(mounted.map(({ method, path }) => `${method} ${path}`))].filter(
        (route) => !catalogued.includes(route),
      ),
    ).toEqual([]);
  });

  test("no two endpoints have the same method and path", () => {
    expect(catalogued).toHaveLength(new Set(catalogued).size);
  });

  test("endpoints and samples correspond one to one", () => {
    expect(Object.keys(endpointSamples).toSorted()).toEqual(endpointNames.toSorted());
  });
});

test("[ER1] each success has exactly the status and fields of the catalogue", async () => {
  const workspace = await createSampleWorkspace();
  for (const name of Object.keys(endpointSamples)) {
    const endpoint = endpoints[name]!;
    const { as, ...rest } = await endpointSamples[name]!(workspace);
    // `call` checks the response against the catalogue.
    const { status, text } = await callEndpoint(endpoint, { as, ...rest });
    expect(status, `${name}: ${text}`).toBe(endpoint.status);
  }
});
