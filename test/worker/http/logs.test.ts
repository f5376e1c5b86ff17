import { beforeAll, describe, expect, test } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { describeError, stackFrames } from "../../../src/lib/log-line.ts";
import { endpoints, sockets } from "../../../src/protocol/index.ts";
import {
  buildRequest,
  chunkedBody,
  sendRaw,
  sendWithBindings,
} from "../../support/worker/clients/raw-requests.ts";
import { requestUpgrade, TestSocket } from "../../support/worker/clients/socket-client.ts";
import { captureLogs, type LogLine } from "../../support/worker/fakes/console-capture.ts";
import { testPassword } from "../../support/worker/fixtures/accounts.ts";
import {
  createSampleWorkspace,
  endpointNames,
  sampleOf,
  type SampleWorkspace,
} from "../../support/worker/fixtures/endpoint-samples.ts";

let workspace: SampleWorkspace;
beforeAll(async () => {
  workspace = await createSampleWorkspace();
});

/** Part of everything that a client sends; no line may contain it. */
const marker = "MARKER7F3A";
const address = "203.0.113.77";

/** Whether the Worker wrote a line. The objects that send mails and events write their own lines, at any time. */
const isOfRequest = ({ message }: LogLine): boolean => !/^(?:mail|event_subscription|outbox)\./.test(message);

/** A healthy response of health is not logged (`test/worker/health`). */
const logging = endpointNames.filter((name) => name !== "getHealth");

describe.each(logging)("%s", (name) => {
  test("[ER4] logs one line per request, without query, content, token or address", async () => {
    const { method, path, token, body } = await sampleOf(name, workspace);
    const headers = {
      "CF-Connecting-IP": address,
      "X-Forwarded-For": address,
      "User-Agent": marker,
      Referer: `https://${marker}.example/`,
      Cookie: marker,
      "Content-Type": "application/json",
    };
    const sent =
      body &&
      JSON.stringify({
        ...body,
        ...Object.fromEntries(
          Object.entries(body)
            .filter(([, value]) => typeof value === "string" && /^(t|d|hi|New|hello)/.test(value))
            .map(([key]) => [key, `${marker} text`]),
        ),
      });
    const captured = await captureLogs(() =>
      sendRaw(method, `${path}?x=${marker}`, { token, headers, ...(sent && { body: sent }) }),
    );
    const { result, text } = captured;
    const said = await result.text();
    const lines = captured.lines.filter(isOfRequest);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toEqual({
      at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      level: "info",
      message: "http.request",
      requestId: result.headers.get("X-Request-Id"),
      method,
      route: endpoints[name]!.path,
      status: result.status,
      durationMs: expect.any(Number),
      ...(endpoints[name]!.auth === "user" && { userId: expect.stringMatching(/^usr_/) }),
      ...(endpoints[name]!.auth === "server" && { serverKeyId: expect.stringMatching(/^key_/) }),
    });
    expect(text).not.toContain(marker);
    expect(text).not.toContain(address);
    if (token) expect(text).not.toContain(token.slice(-20));
    for (const value of Object.values(body ?? {}))
      if (typeof value === "string" && value.length > 6) expect(text).not.toContain(value);
    for (const [, secret] of said.matchAll(/"(?:accessToken|refreshToken|secret|email)":"([^"]+)"/g))
      expect(text).not.toContain(secret);
  });

  test("[ER4] logs one line for a rejected request too", async () => {
    const { method } = endpoints[name]!;
    const path = endpoints[name]!.path.replaceAll(/:\w+/g, marker);
    const { result, text, requests } = await captureLogs(() =>
      sendRaw(method.toUpperCase(), path, {
        token: marker,
        headers: { "Content-Type": "application/json" },
        ...(method !== "get" && { body: `{"${marker}":"${marker}` }),
      }),
    );
    await result.body?.cancel();
    expect(requests).toHaveLength(1);
    expect(requests[0]).toMatchObject({ route: endpoints[name]!.path, status: result.status });
    expect(text).not.toContain(marker);
  });
});

test.each(Object.values(sockets).map(({ path }) => path))(
  "[ER4] %s: an upgrade and its rejection are one line each; frames are none",
  async (path) => {
    const { ann, channelId } = workspace;
    const real = path.replace(":channelId", channelId);
    const { text, lines } = await captureLogs(async () => {
      const socket = new TestSocket(
        (await requestUpgrade(`${real}?since=0&x=${marker}`, ann.token, { "CF-Connecting-IP": address }))
          .webSocket!,
      );
      await socket.sendCommand("messageCreate", { content: marker, nonce: `${marker}-nonce` }, channelId);
      for (const frame of [
        marker,
        `{"${marker}":1}`,
        `{"type":"${marker}"}`,
        `{"type":"messageCreate","data":{"content":"${marker}","${marker}":1}}`,
        `{"type":"messageUpdate","data":{"messageId":"${marker}"}}`,
      ]) {
        socket.send(frame);
        await socket.next("error");
      }
      socket.close();
      for (const response of [
        await requestUpgrade(real, marker),
        await requestUpgrade(`${path.replace(":channelId", marker)}?since=${marker}`, ann.token),
        await requestUpgrade(real, ann.token, { Origin: `https://${marker}.example` }),
        await sendRaw("GET", real),
      ])
        await response.body?.cancel();
    });
    expect(
      lines.filter(isOfRequest).map(({ message, route, status }) => `${message} ${route} ${status}`),
    ).toEqual([101, 401, 400, 403, 426].map((status) => `http.request ${path} ${status}`));
    expect(text).not.toContain(marker);
    expect(text).not.toContain(address);
    expect(text).not.toContain(ann.token.slice(-20));
  },
);

test("[ER4] unknown paths, wrong methods and broken bodies log nothing of the input", async () => {
  const { ann } = workspace;
  const asks: [string, string, BodyInit?][] = [
    ["GET", `/v1/${marker}`],
    ["DELETE", `/v1/users/${marker}`],
    ["OPTIONS", `/v1/users/${marker}`],
    ["HEAD", `/v1/users/${marker}`],
    ["POST", "/v1/channels", `{"${marker}`],
    ["POST", "/v1/channels", chunkedBody(`{"${marker}`, { error: new Error(marker) })],
    ["POST", "/v1/auth/login", JSON.stringify({ login: marker, password: marker })],
    ["POST", "/v1/auth/refresh", JSON.stringify({ refreshToken: marker })],
    [
      "PUT",
      "/v1/auth/password",
      JSON.stringify({ currentPassword: marker, newPassword: `${marker}${marker}` }),
    ],
  ];
  const { text, lines } = await captureLogs(async () => {
    for (const [method, path, body] of asks)
      await (
        await sendWithBindings({}, buildRequest(method, path, { token: ann.token, body }))
      ).body?.cancel();
  });
  expect(lines).toHaveLength(asks.length);
  expect(text).not.toContain(marker);
  expect(text).not.toContain(testPassword);
});

describe("[ER4] of an error", () => {
  const loggedText = (error: unknown) =>
    `${describeError(error)} ${error instanceof Error ? stackFrames(error).join(" ") : ""}`;

  test("the log has kind and location, and nothing of later lines or quoted text", () => {
    const drizzle = new Error(
      `Failed query: insert into "users" ("email") values (?)\nparams: ${marker}\n    at ${marker} (${marker}.ts:1:1)`,
      { cause: new Error(marker) },
    );
    const quoted = ["'", '"', "`"].map(
      (quote) =>
        new TypeError(
          `D1_TYPE_ERROR: Type 'object' not supported for value ${quote}${marker}, it's ${marker}${quote}`,
        ),
    );
    let json: unknown;
    try {
      JSON.parse(`${marker}{`);
    } catch (error) {
      json = error;
    }
    for (const error of [
      drizzle,
      ...quoted,
      json,
      `"${marker}"`,
      new Error(`"${marker}`),
      new Error(`x\r\n${marker}`),
    ])
      expect(loggedText(error)).not.toContain(marker);
    expect(describeError(drizzle)).toBe("Error: Failed query: insert into …");
    expect(stackFrames(drizzle)[0]).toMatch(/^at .*logs\.test\.ts/);
    expect(
      describeError(new Error("D1_ERROR: UNIQUE constraint failed: users.email_key: SQLITE_CONSTRAINT")),
    ).toBe("Error: D1_ERROR: UNIQUE constraint failed: users.email_key: SQLITE_CONSTRAINT");
    expect(describeError(new Error("The hub can't be reached"))).toBe("Error: The hub can't be reached");
    expect(describeError(new Error("x".repeat(1_000))).length).toBeLessThanOrEqual(300);
  });

  test("a line is one line, whatever it contains", async () => {
    const { lines, text } = await captureLogs(async () =>
      (
        await sendRaw("GET", `/v1/users/${newId("usr")}%0A%0D{"level":"error"}`, {
          token: workspace.ann.token,
        })
      ).body?.cancel(),
    );
    expect(lines).toHaveLength(1);
    expect(text).not.toContain("\n");
  });
});
