import { describe, expect, test } from "vitest";
import { forbiddenImports, parts } from "../../../scripts/support/import-rules.ts";

const files = [
  "src/worker.ts",
  "src/app.ts",
  "src/config.ts",
  "src/env.d.ts",
  "src/protocol/events.ts",
  "src/client/index.ts",
  "src/lib/ids.ts",
  "src/text/words.ts",
  "src/errors/app-error.ts",
  "src/domain/actor.ts",
  "src/rpc/stubs.ts",
  "src/sockets/replies.ts",
  "src/db/client.ts",
  "src/http/reply.ts",
  "src/features/messages/decide.ts",
  "src/features/messages/index.ts",
  "src/features/messages/routes.ts",
  "src/features/messages/message-table.ts",
  "src/features/users/decide.ts",
  "src/features/users/index.ts",
  "src/features/users/queries.ts",
  "src/durable/event-log.ts",
  "src/channel-object/channel-room.ts",
  "src/user-object/user-hub.ts",
  "src/gateway/gateway.ts",
  "src/slack-socket/routes.ts",
  "src/password-hasher/scrypt.ts",
  "src/rate-limiter/attempts.ts",
  "src/job-runner/job-runner.ts",
  "src/webhook-sender/webhook-sender.ts",
  "src/outbound/index.ts",
  "src/mail/mailer.ts",
];

/** Returns the violations when one file of an otherwise empty tree contains `text`. */
function check(path: string, text: string): string[] {
  return forbiddenImports(new Map([...files.map((file) => [file, ""] as const), [path, text]]));
}

describe("forbidden by the table", () => {
  test.each([
    ["src/protocol/events.ts", "../lib/ids.ts", "protocol may not import lib"],
    ["src/protocol/events.ts", "hono", "protocol may not import hono"],
    ["src/client/index.ts", "../lib/ids.ts", "client may not import lib"],
    ["src/client/index.ts", "node:fs", "client may not import node:fs"],
    ["src/lib/ids.ts", "../db/client.ts", "lib may not import db"],
    ["src/lib/ids.ts", "cloudflare:workers", "lib may not import cloudflare:workers"],
    ["src/config.ts", "./db/client.ts", "config may not import db"],
    ["src/text/words.ts", "../protocol/events.ts", "text may not import protocol"],
    ["src/errors/app-error.ts", "../domain/actor.ts", "errors may not import domain"],
    ["src/domain/actor.ts", "../rpc/stubs.ts", "domain may not import rpc"],
    ["src/rpc/stubs.ts", "../sockets/replies.ts", "rpc may not import sockets"],
    ["src/sockets/replies.ts", "../durable/event-log.ts", "sockets may not import durable"],
    ["src/db/client.ts", "../lib/ids.ts", "db may not import lib"],
    ["src/db/client.ts", "hono/http-exception", "db may not import hono"],
    ["src/http/reply.ts", "../durable/event-log.ts", "http may not import durable"],
    ["src/password-hasher/scrypt.ts", "../features/users/index.ts", "hasher may not import feature index"],
    ["src/rate-limiter/attempts.ts", "../db/client.ts", "limiter may not import db"],
    ["src/http/reply.ts", "../features/users/index.ts", "http may not import feature index"],
    ["src/features/messages/decide.ts", "hono", "decision may not import hono"],
    ["src/features/messages/decide.ts", "drizzle-orm/d1", "decision may not import drizzle-orm"],
    ["src/features/messages/decide.ts", "cloudflare:workers", "decision may not import cloudflare:workers"],
    ["src/features/messages/decide.ts", "../../db/client.ts", "decision may not import db"],
    ["src/features/messages/decide.ts", "./routes.ts", "decision may not import feature"],
    ["src/features/messages/decide.ts", "../users/index.ts", "decision may not import feature index"],
    ["src/features/messages/index.ts", "../users/queries.ts", "imported by src/features/users/index.ts"],
    ["src/features/messages/routes.ts", "../users/queries.ts", "imported by src/features/users/index.ts"],
    [
      "src/features/messages/routes.ts",
      "../../channel-object/channel-room.ts",
      "feature may not import channel object",
    ],
    ["src/durable/event-log.ts", "../features/messages/index.ts", "durable may not import feature index"],
    ["src/durable/event-log.ts", "../db/client.ts", "durable may not import db"],
    [
      "src/channel-object/channel-room.ts",
      "../features/messages/decide.ts",
      "channel object may not import decision",
    ],
    [
      "src/channel-object/channel-room.ts",
      "../features/messages/routes.ts",
      "channel object may not import feature",
    ],
    [
      "src/channel-object/channel-room.ts",
      "../user-object/user-hub.ts",
      "channel object may not import user object",
    ],
    [
      "src/user-object/user-hub.ts",
      "../channel-object/channel-room.ts",
      "user object may not import channel object",
    ],
    ["src/user-object/user-hub.ts", "../http/reply.ts", "user object may not import http"],
    ["src/gateway/gateway.ts", "../channel-object/channel-room.ts", "gateway may not import channel object"],
    ["src/env.d.ts", "./app.ts", "types of env may not import app"],
    ["src/app.ts", "./worker.ts", "app may not import worker"],
  ])("%s does not import %s", (path, specifier, because) => {
    expect(check(path, `import { x } from "${specifier}";`)).toEqual([
      expect.stringContaining(`${path} imports "${specifier}": `),
    ]);
    expect(check(path, `import { x } from "${specifier}";`)[0]).toContain(because);
  });

  test.each(files.filter((file) => file !== "src/worker.ts"))(
    "%s imports neither app.ts nor worker.ts",
    (path) => {
      const up = "../../".repeat(path.split("/").length - 2) || "../";
      if (path !== "src/app.ts") expect(check(path, `import "${up}app.ts";`)).toHaveLength(1);
      expect(check(path, `import "${up}worker.ts";`)).toHaveLength(1);
    },
  );

  test("files of no part, and imports of missing files", () => {
    expect(check("src/utils/misc.ts", "")).toEqual([expect.stringContaining("belongs to no part")]);
    expect(check("src/lib/ids.ts", 'import { x } from "./time";')).toEqual([
      expect.stringContaining("no such file"),
    ]);
    expect(check("src/lib/ids.ts", 'import { x } from "../../../scripts/setup.ts";')).toHaveLength(1);
  });
});

describe("allowed by the table", () => {
  test.each([
    ["src/worker.ts", "./app.ts"],
    ["src/protocol/events.ts", "zod"],
    ["src/protocol/events.ts", "./events.ts"],
    ["src/db/client.ts", "drizzle-orm/d1"],
    ["src/features/messages/routes.ts", "./decide.ts"],
    ["src/features/messages/routes.ts", "../users/index.ts"],
    ["src/features/messages/decide.ts", "../../lib/ids.ts"],
    ["src/channel-object/channel-room.ts", "../features/messages/index.ts"],
    ["src/channel-object/channel-room.ts", "../db/client.ts"],
    ["src/channel-object/channel-room.ts", "cloudflare:workers"],
    ["src/app.ts", "../docs/errors.md"],
  ])("%s imports %s", (path, specifier) => {
    expect(check(path, `import { x } from "${specifier}";`)).toEqual([]);
  });

  test("each part has a file in this test", () => {
    const unseen = Object.entries(parts).filter(([, part]) => !files.some((file) => part.files.test(file)));
    expect(unseen.map(([name]) => name)).toEqual([]);
  });
});

test.each([
  ['import "hono";'],
  ['import hono from "hono";'],
  ['import type { Context } from "hono";'],
  ['import {\n  Hono,\n  type Context,\n} from "hono";'],
  ["import * as hono from 'hono';"],
  ['export { Hono } from "hono";'],
  ['export * from "hono";'],
  ['const { Hono } = await import("hono");'],
  ['type Hono = import("hono").Hono;'],
])("the form %j is recognized", (text) => {
  expect(check("src/lib/ids.ts", `const first = "from 'here'";\n${text}\n`)).toHaveLength(1);
});

test("text that only looks like an import is not one", () => {
  const text =
    '/**\n * import { x } from "hono";\n */\nexport const from = "hono";\nexport const text = `a from "hono"`;\n';
  expect(check("src/lib/ids.ts", text)).toEqual([]);
});
