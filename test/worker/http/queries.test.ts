import { beforeAll, describe, expect, test } from "vitest";
import type { z } from "zod";
import { endpoints } from "../../../src/protocol/index.ts";
import { expectProblem, sendRaw } from "../../support/worker/clients/raw-requests.ts";
import { createUser } from "../../support/worker/fixtures/accounts.ts";
import {
  createSampleWorkspace,
  endpointNames,
  sampleOf,
  type SampleWorkspace,
} from "../../support/worker/fixtures/endpoint-samples.ts";

let workspace: SampleWorkspace;

// The query of a callback is the provider's, which may add parameters; `test/e2e/single-sign-on.test.ts` changes it. The query of an image is
// signed; `test/e2e/previews.test.ts` changes it.
const changedElsewhere: ReadonlySet<string> = new Set(["finishProviderLogin", "getPreviewImage"]);
const withQuery = endpointNames.filter((name) => endpoints[name]!.query && !changedElsewhere.has(name));
const fieldsOf = (name: string): string[] => Object.keys((endpoints[name]!.query as z.ZodObject).shape);

beforeAll(async () => {
  workspace = await createSampleWorkspace();
});

const hostile = [
  "",
  "0",
  "-1",
  "-0",
  "+1",
  "1.0",
  "1e2",
  "0x10",
  "101",
  "1000",
  "99999999999999999999",
  "NaN",
  "Infinity",
  "null",
  "undefined",
  "true",
  "%00",
  "%ff",
  "%",
  "%zz",
  "a%00b",
  "%F0%9F%98%80",
  "%ED%A0%80",
  "%0d%0aX-Evil:%201",
  "1%20",
  "%201",
  "٣",
  "１",
  "'%20OR%201=1--",
  "%25",
  "*",
  "[]",
  "{}",
  "a,b",
  "../..",
  "%EF%B7%BA",
  "x".repeat(600),
  "9".repeat(400),
  encodeURIComponent("ﷺ".repeat(80)),
  "\u0301".repeat(50),
];

describe.each(withQuery)("%s", (name) => {
  /** Required parameters come first, unless one of them is being tested. */
  const ask = async (query: string, field?: string) => {
    const { method, bare, query: needed, token, body } = await sampleOf(name, workspace);
    const rest = Object.entries(needed).flatMap(([key, value]) => (key === field ? [] : `${key}=${value}&`));
    const sent = { token, ...(body && { body: JSON.stringify(body) }) };
    return sendRaw(method, `${bare}?${rest.join("")}${query}`, sent);
  };

  test.each(fieldsOf(name))(
    "[ER1] [ER2] no value of `%s` makes a 5xx; an invalid one is a 400",
    async (field) => {
      for (const value of hostile) {
        const response = await ask(`${field}=${value}`, field);
        const about = `${name}?${field}=${value.slice(0, 50)} ${response.status}`;
        expect([endpoints[name]!.status, 400], about).toContain(response.status);
        if (response.status !== 400) await response.body?.cancel();
        else
          expect(
            (await expectProblem(response, "validation_failed")).issues!.map(({ path }) => path),
            about,
          ).toContain(field);
      }
    },
  );

  test.each(fieldsOf(name))("[ER2] a repeated `%s` is rejected, whichever value is valid", async (field) => {
    for (const query of [`${field}=1&${field}=1`, `${field}=&${field}=1`, `${field}&${field}`]) {
      const problem = await expectProblem(await ask(query), "validation_failed");
      expect(problem.issues!.map(({ path }) => path)).toContain(field);
    }
  });

  test("[ER2] unknown parameters are rejected; an empty query is none", async () => {
    for (const query of [
      "nowhere=1",
      "__proto__=1",
      "constructor=1",
      "limit[]=1",
      "LIMIT=1",
      "%6cimit2=1",
      "%00=1",
      "a%5Bb%5D=1",
      "=x&nowhere",
    ]) {
      await expectProblem(await ask(query), "validation_failed").catch((error: unknown) => {
        throw new Error(`${query}: ${String(error)}`);
      });
    }
    for (const query of ["", "&", "&&", "?".slice(1)])
      expect((await ask(query)).status, query).toBe(endpoints[name]!.status);
  });
});

test("[ER2] [RD5] positions beyond a history are empty pages, not errors", async () => {
  const { ann, channelId } = workspace;
  for (const query of [
    "before=0",
    "after=999999999999999",
    "around=999999999999999",
    "around=0",
    "before=999999999999999&limit=100",
  ]) {
    expect((await ann.call("GET", `/v1/channels/${channelId}/messages?${query}`)).status, query).toBe(200);
  }
  for (const query of [
    "before=1&after=1",
    "before=1&around=1",
    "after=0&around=0",
    "before=1000000000000000",
  ]) {
    expect((await ann.call("GET", `/v1/channels/${channelId}/messages?${query}`)).status, query).toBe(400);
  }
  expect(
    (await ann.call("GET", `/v1/channels/${channelId}/events?after=999999999999999`)).body,
  ).toMatchObject({ events: [], hasMore: false });
});

test("[ER2] percent-encoded bytes that are not UTF-8 are rejected, in names too", async () => {
  const { ann } = workspace;
  for (const bytes of ["%ff", "%C3%28", "%ED%A0%80", "%F0%9F%98", "a%c3"]) {
    const uploaded = await sendRaw("POST", `/v1/files?name=${bytes}.txt`, { token: ann.token, body: "x" });
    const problem = await expectProblem(uploaded, "validation_failed");
    expect(problem.issues!.map(({ path }) => path)).toEqual(["name"]);
    await expectProblem(
      await sendRaw("GET", `/v1/users?query=${bytes}`, { token: ann.token }),
      "validation_failed",
    );
  }
  const plain = await sendRaw("GET", "/v1/users?query=50%25%20%F0%9F%98%80+%", { token: ann.token });
  expect(plain.status).toBe(200);
  await plain.body?.cancel();
});

test("[ER1] an endpoint without query parameters ignores the query", async () => {
  const stranger = await createUser("stranger");
  for (const name of endpointNames.filter(
    (each) => endpoints[each]!.method === "get" && !endpoints[each]!.query,
  )) {
    const { path, token } = await sampleOf(name, workspace);
    const response = await sendRaw(
      "GET",
      `${path}?limit=x&userId=${stranger.userId}&_method=DELETE&x=%ff%00`,
      {
        token,
      },
    );
    expect(response.status, name).toBe(endpoints[name]!.status);
    await response.body?.cancel();
  }
});
