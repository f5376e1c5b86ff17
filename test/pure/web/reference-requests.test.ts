import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { openApiDocument } from "../../../src/features/contract/openapi-document.ts";
import type { OpenApi } from "../../../web/src/reference/contract/document.ts";
import { entriesById, groupsOf, type OperationEntry } from "../../../web/src/reference/contract/entries.ts";
import { curlCommand } from "../../../web/src/reference/request/curl-command.ts";
import { isDestructive } from "../../../web/src/reference/request/is-destructive.ts";
import type { OperationInput } from "../../../web/src/reference/request/operation-input.ts";
import { prepareRequest } from "../../../web/src/reference/request/prepare-request.ts";
import { maxShownBytes, readBody } from "../../../web/src/reference/request/read-body.ts";
import { requiredCredential } from "../../../web/src/reference/request/required-credential.ts";
import {
  addFrame,
  type Frame,
  maxFrameLength,
  maxFrames,
} from "../../../web/src/reference/socket/frame-log.ts";
import { shellWord } from "../../../web/src/reference/text/shell-word.ts";

const openApi = openApiDocument({ version: "0.0.0" }) as unknown as OpenApi;
const entries = entriesById(groupsOf({ openApi, asyncApi: null }));
const operation = (id: string): OperationEntry => entries.get(id) as OperationEntry;
const input = (values: Record<string, string>, body?: string): OperationInput => ({
  values: new Map(Object.entries(values)),
  contentType: body === undefined ? null : "application/json",
  body: body ?? "",
});

/** Runs a command in which `curl` prints its arguments, and returns them. */
function argumentsOf(command: string): string[] {
  const script = `curl() { printf '%s\\0' "$@"; }\n${command}\n`;
  const { stdout, stderr } = spawnSync("sh", ["-c", script], {
    encoding: "utf8",
    env: { PARLEY_TOKEN: "secret $(x) token", HOME: "/nowhere" },
  });
  expect(stderr).toBe("");
  return stdout.split("\0").slice(0, -1);
}

const hostileTexts = [
  "",
  "it's",
  "'",
  "''",
  "$HOME `id` $(id) \\",
  '"',
  "a\nb\\\nc",
  "!!",
  "~",
  "@file",
  "-x",
  "*",
  "ä 👍",
  "a\tb",
];

describe("words of a shell", () => {
  test.each(hostileTexts)("%j is one argument", (text) => {
    expect(argumentsOf(`curl ${shellWord(text)}`)).toEqual([text]);
  });

  test("any texts are one argument each", () => {
    const texts = fc.array(fc.string({ unit: "grapheme", maxLength: 40 }), {
      minLength: 200,
      maxLength: 200,
    });
    fc.assert(
      fc.property(texts, (all) => {
        const expected = all.map((text) => text.replaceAll("\0", ""));
        expect(argumentsOf(`curl ${all.map(shellWord).join(" ")}`)).toEqual(expected);
      }),
      { numRuns: 10 },
    );
  });
});

describe("the command for curl", () => {
  test("a request with a body", () => {
    const body = JSON.stringify({ content: "it's $5; `ls`\n@here" });
    const { request } = prepareRequest(
      operation("createMessage"),
      input({ "path.channelId": "chn_1" }, body),
    );
    expect(argumentsOf(curlCommand("https://chat.example.com", request, "access token"))).toEqual([
      "https://chat.example.com/v1/channels/chn_1/messages",
      "-H",
      "Authorization: Bearer secret $(x) token",
      "-H",
      "Content-Type: application/json",
      "--data-raw",
      body,
    ]);
  });

  test("a method other than the default, a header, a query and no credential", () => {
    const { request } = prepareRequest(
      operation("getFileContent"),
      input({ "path.fileId": "a/b?c#d&e [x] {y}", "header.Range": "bytes=0-1 'x'" }),
    );
    expect(
      argumentsOf(curlCommand("http://127.0.0.1:8787", { ...request, method: "DELETE" }, "none")),
    ).toEqual([
      "-X",
      "DELETE",
      "http://127.0.0.1:8787/v1/files/a%2Fb%3Fc%23d%26e%20%5Bx%5D%20%7By%7D/content",
      "-H",
      "Range: bytes=0-1 'x'",
    ]);
  });

  test("files and forms are read from a file", () => {
    const upload = (contentType: string): string[] => {
      const { request } = prepareRequest(operation("uploadFile"), { ...input({}), contentType });
      return argumentsOf(curlCommand("https://a.example", request, "none")).slice(1);
    };
    expect(upload("multipart/form-data")).toEqual(["-F", "file=@plan.pdf"]);
    expect(upload("application/octet-stream")).toEqual([
      "-H",
      "Content-Type: application/octet-stream",
      "--data-binary",
      "@plan.pdf",
    ]);
  });
});

describe("preparing a request", () => {
  test("path values are encoded, the query has only given values", () => {
    const { request, problems } = prepareRequest(
      operation("removeReaction"),
      input({ "path.channelId": "chn_1", "path.messageId": "$&", "path.emoji": "👍" }),
    );
    expect(request.path).toBe("/v1/channels/chn_1/messages/%24%26/reactions/%F0%9F%91%8D");
    expect(problems.size).toBe(0);
    const list = prepareRequest(operation("getUsers"), input({ "query.query": "a&b", "query.limit": "" }));
    expect(list.request.path).toBe("/v1/users?query=a%26b");
  });

  test.each([
    ["a missing path value", { "path.channelId": "" }, "{}", ["path.channelId"]],
    ["a path value that changes the path", { "path.channelId": ".." }, "{}", ["path.channelId"]],
    ["a body that is not JSON", { "path.channelId": "a" }, "{", ["body"]],
    ["a missing body", { "path.channelId": "a" }, " ", ["body"]],
  ])("reports %s", (_, values, body, keys) => {
    const { problems } = prepareRequest(operation("createMessage"), input(values, body));
    expect([...problems.keys()]).toEqual(keys);
  });

  test("a header with characters that the browser rejects is reported", () => {
    const values = { "path.fileId": "a", "header.Range": "€" };
    const { problems } = prepareRequest(operation("getFileContent"), input(values));
    expect([...problems.keys()]).toEqual(["header.Range"]);
  });

  test("a lone surrogate in a path is replaced", () => {
    const { request } = prepareRequest(operation("getUser"), input({ "path.userId": "\ud800" }));
    expect(request.path).toBe("/v1/users/%EF%BF%BD");
  });

  test("the credential is that of the operation", () => {
    expect(requiredCredential(operation("login").operation)).toBe("none");
    expect(requiredCredential(operation("getMe").operation)).toBe("access token");
    const ofServer = [...entries.values()].filter(
      (entry) => entry.kind === "operation" && requiredCredential(entry.operation) === "server key",
    );
    expect(ofServer.length).toBeGreaterThan(0);
  });
});

test("deletions, erasures and purges are confirmed first", () => {
  const confirmed = [...entries.values()].filter(
    (entry) => entry.kind === "operation" && isDestructive(entry),
  );
  const ids = confirmed.map(({ id }) => id);
  expect(ids).toEqual(expect.arrayContaining(["eraseUser", "purgeChannel", "deleteFile", "endAllSessions"]));
  expect(ids).not.toContain("createMessage");
});

describe("the body of a response", () => {
  const json = { headers: { "Content-Type": "application/problem+json; charset=utf-8" } };

  test("JSON is indented, and JSON that is cut off stays as it is", async () => {
    expect(await readBody(new Response('{"a":[1]}', json))).toEqual({
      kind: "text",
      text: '{\n  "a": [\n    1\n  ]\n}',
      isTruncated: false,
    });
    expect(await readBody(new Response('{"a":', json))).toMatchObject({ text: '{"a":', isTruncated: false });
  });

  test("an empty body, and one that is not text", async () => {
    expect(await readBody(new Response(null, { status: 204 }))).toEqual({ kind: "none" });
    expect(await readBody(new Response("", json))).toEqual({ kind: "none" });
    const type = { headers: { "Content-Type": "image/png" } };
    expect(await readBody(new Response("x", type))).toEqual({ kind: "binary", type: "image/png" });
  });

  test("an endless body is cut off, without half of a character", async () => {
    let isCancelled = false;
    const chunk = new TextEncoder().encode(`${"a".repeat(999)}€`);
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(chunk),
      cancel: () => void (isCancelled = true),
    });
    const body = await readBody(new Response(endless, { headers: { "Content-Type": "text/plain" } }));
    expect(body).toMatchObject({ kind: "text", isTruncated: true });
    const shown = body.kind === "text" ? body.text : "";
    expect(shown).not.toContain("\ufffd");
    expect(new TextEncoder().encode(shown).length).toBeLessThanOrEqual(maxShownBytes);
    expect(isCancelled).toBe(true);
  });

  test("a body of exactly the limit is whole", async () => {
    const text = "a".repeat(maxShownBytes);
    expect(await readBody(new Response(text))).toEqual({ kind: "text", text, isTruncated: false });
  });
});

test("the log of frames keeps the last ones, and the beginning of long ones", () => {
  let log: readonly Frame[] = [];
  for (let number = 1; number <= maxFrames + 5; number++) log = addFrame(log, "received", `[${number}]`);
  expect(log).toHaveLength(maxFrames);
  expect(log[0]).toMatchObject({ number: 6, text: "[\n  6\n]", isTruncated: false });
  log = addFrame(log, "sent", "x".repeat(maxFrameLength + 1));
  expect(log).toHaveLength(maxFrames);
  expect(log.at(-1)).toMatchObject({ number: maxFrames + 6, direction: "sent", isTruncated: true });
  expect(log.at(-1)?.text).toHaveLength(maxFrameLength);
});
