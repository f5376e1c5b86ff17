import { beforeAll, describe, expect, test } from "vitest";
import { limits } from "../../../src/protocol/index.ts";
import {
  buildRequest,
  chunkedBody,
  expectProblem,
  sendRaw,
  sendWithBindings,
} from "../../support/worker/clients/raw-requests.ts";
import {
  bodyNames,
  createSampleWorkspace,
  sampleOf,
  type SampleWorkspace,
} from "../../support/worker/fixtures/endpoint-samples.ts";

let workspace: SampleWorkspace;
beforeAll(async () => {
  workspace = await createSampleWorkspace();
});

const deep = (levels: number) => "[".repeat(levels) + "]".repeat(levels);
/** JSON of exactly this many bytes: `body`, padded with spaces. */
const padded = (body: object, bytes: number) => {
  const text = JSON.stringify(body);
  return text + " ".repeat(bytes - Buffer.byteLength(text));
};

describe.each(bodyNames)("%s", (name) => {
  /** One for all tests, since each of its requests is rejected before it has an effect. */
  let sample: Awaited<ReturnType<typeof sampleOf>>;
  beforeAll(async () => {
    sample = await sampleOf(name, workspace);
  });

  const ask = async (body: BodyInit | undefined, headers?: Record<string, string>) => {
    const { method, path, token } = sample;
    return sendRaw(method, path, { token, body, ...(headers && { headers }) });
  };

  test("[ER2] without a body, or with another type than application/json: 415", async () => {
    await expectProblem(await ask(undefined), "unsupported_media_type");
    const { body } = sample;
    for (const type of [
      "text/plain",
      "text/json",
      "application/x-www-form-urlencoded",
      "multipart/form-data",
      "application/problem+json",
      "application/jsonx",
      "json",
      "",
      "application/json, text/plain",
      "text/plain; application/json",
    ]) {
      const response = await ask(JSON.stringify(body), { "Content-Type": type });
      await expectProblem(response, "unsupported_media_type").catch((error: unknown) => {
        throw new Error(`${type}: ${String(error)}`);
      });
    }
    const { method, path, token } = sample;
    const untyped = buildRequest(method, path, { token, body: JSON.stringify(body) });
    untyped.headers.delete("Content-Type");
    await expectProblem(await sendWithBindings({}, untyped), "unsupported_media_type");
  });

  test.each([
    "application/json",
    "application/json; charset=utf-8",
    "APPLICATION/JSON",
    "application/json ; charset=utf-8",
    "application/json;",
    "application/json;charset",
  ])("[ER2] with the type `%s` the body is read, not ignored as empty", async (type) => {
    const { method, path, token, body } = sample;
    await expectProblem(
      await sendRaw(method, path, {
        token,
        body: JSON.stringify({ ...body, nowhere: 1 }),
        headers: { "Content-Type": type },
      }),
      "validation_failed",
    );
  });

  test.each([
    ["nothing", ""],
    ["spaces", "  \n"],
    ["half a JSON text", '{"a":'],
    ["an open string", '{"a":"'],
    ["two JSON texts", "{}{}"],
    ["a trailing comma", '{"a":1,}'],
    ["single quotes", "{'a':1}"],
    ["a comment", "{}//"],
    ["NaN", "NaN"],
    ["a raw newline in a string", '{"a":"\n"}'],
    ["form data", "a=1&b=2"],
    ["an array", "[]"],
    ["an array of one", "[{}]"],
    ["a string", '"text"'],
    ["a number", "1"],
    ["a huge number", "1e999"],
    ["true", "true"],
    ["null", "null"],
    ["10,000 brackets", deep(10_000)],
    ["20,000 open brackets", "[".repeat(20_000)],
    ["a field that nests 10,000 deep", `{"content":${deep(10_000)}}`],
    ["a field of objects that nests 5,000 deep", `{"content":${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}}`],
    ["a key of 60,000 characters", JSON.stringify({ ["k".repeat(60_000)]: 1 })],
    [
      "5,000 unknown fields",
      JSON.stringify(Object.fromEntries(Array.from({ length: 5_000 }, (_, index) => [`k${index}`, 0]))),
    ],
  ])("[ER2] %s is rejected as validation_failed", async (_, body) => {
    const problem = await expectProblem(await ask(body), "validation_failed");
    expect(JSON.stringify(problem).length).toBeLessThan(2_000);
  });

  test.each([
    ["a lone continuation", [0x80]],
    ["an overlong slash", [0xc0, 0xaf]],
    ["a surrogate in UTF-8", [0xed, 0xa0, 0x80]],
    ["a character cut off", [0xf0, 0x9f, 0x98]],
    ["Latin-1", [0xe4, 0x62]],
    ["a mark of UTF-16", [0xff, 0xfe]],
    ["more than Unicode has", [0xf4, 0x90, 0x80, 0x80]],
  ])("[ER2] %s in a text, or after the body, is not UTF-8 and rejected", async (_, bytes) => {
    const { body } = sample;
    const text = JSON.stringify(body);
    const at = text.indexOf('":"') + 3;
    const [before, after] = [Buffer.from(text.slice(0, at)), Buffer.from(text.slice(at))];
    for (const sent of [
      [...before, ...bytes, ...after],
      [...before, ...after, ...bytes],
    ]) {
      const problem = await expectProblem(await ask(new Uint8Array(sent)), "validation_failed");
      expect(problem.detail).toContain("UTF-8");
    }
  });

  test("[ER2] exactly 64 KiB pass, one byte more is too large, with or without length", async () => {
    const { body } = sample;
    await expectProblem(await ask(padded(body!, limits.jsonBodyBytes + 1)), "payload_too_large");
    await expectProblem(await ask(chunkedBody(padded(body!, limits.jsonBodyBytes + 1))), "payload_too_large");
    await expectProblem(await ask(deep(100_000)), "payload_too_large");
    // Only `nowhere` is wrong in these requests.
    await expectProblem(
      await ask(padded({ ...body, nowhere: 1 }, limits.jsonBodyBytes)),
      "validation_failed",
    );
    await expectProblem(
      await ask(chunkedBody(padded({ ...body, nowhere: 1 }, limits.jsonBodyBytes))),
      "validation_failed",
    );
  });

  test("[ER2] a body that breaks off is rejected and has no effect", async () => {
    const { method, path, token, body } = sample;
    const text = JSON.stringify(body);
    for (const part of [text, text.slice(0, text.length / 2), ""]) {
      const sent = buildRequest(method, path, {
        token,
        body: chunkedBody(part, { size: 7, error: new Error("the client hung up") }),
      });
      await expectProblem(await sendWithBindings({}, sent), "validation_failed");
    }
  });

  test("[ER2] unknown fields such as `__proto__` are rejected, never stored", async () => {
    const { body } = sample;
    const inner = JSON.stringify(body).slice(1, -1);
    for (const key of [
      "__proto__",
      "constructor",
      "prototype",
      "toString",
      "hasOwnProperty",
      "",
      "content ",
      "role2",
      "$where",
      "\u0000",
      "\ud83d",
    ]) {
      const { method, path, token } = sample;
      const response = await sendRaw(method, path, {
        token,
        body: `{${inner},${JSON.stringify(key)}:{"role":"owner","isAdmin":true}}`,
      });
      await expectProblem(response, "validation_failed").catch((error: unknown) => {
        throw new Error(`${JSON.stringify(key)}: ${String(error)}`);
      });
    }
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });
});

test("[ER2] of two equal keys the last counts, and a byte order mark is skipped", async () => {
  const { ann, channelId } = workspace;
  const path = `/v1/channels/${channelId}/messages`;
  const twice = await sendRaw("POST", path, {
    token: ann.token,
    body: '{"content":"first","content":"second"}',
  });
  expect(await twice.json()).toMatchObject({ content: "second" });
  const marked = await sendRaw("POST", path, { token: ann.token, body: '\ufeff{"content":"marked"}' });
  expect(await marked.json()).toMatchObject({ content: "marked" });
});

test("[ER2] a wrong Content-Length is not trusted", async () => {
  const { ann } = workspace;
  for (const length of ["-1", "x", "1e9", "0", "99999999999999999999", "+5", ""]) {
    const sent = buildRequest("PATCH", "/v1/users/me", {
      token: ann.token,
      body: chunkedBody(JSON.stringify({ displayName: "Ann" })),
      headers: { "Content-Type": "application/json" },
    });
    const lying = new Request(sent, { headers: [...sent.headers, ["Content-Length", length]] });
    const response = await sendWithBindings({}, lying);
    expect([200, 413], length).toContain(response.status);
    await response.body?.cancel();
  }
});
