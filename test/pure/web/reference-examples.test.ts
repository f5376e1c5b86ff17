import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Ajv } from "ajv";
import ajvFormats from "ajv-formats";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { asyncApiDocument } from "../../../src/features/contract/asyncapi-document.ts";
import { openApiDocument } from "../../../src/features/contract/openapi-document.ts";
import type { AsyncApi, OpenApi } from "../../../web/src/reference/contract/document.ts";
import { entriesById, groupsOf } from "../../../web/src/reference/contract/entries.ts";
import { clientExample } from "../../../web/src/reference/request/client-example.ts";
import {
  bodyExample,
  contentTypesOf,
  isJsonType,
  requiredValues,
} from "../../../web/src/reference/request/operation-input.ts";
import { requiredOnly } from "../../../web/src/reference/schema/example-of.ts";
import { frameExample } from "../../../web/src/reference/schema/frame-example.ts";
import { collectValues } from "../../../web/src/reference/schema/known-values.ts";
import { sourceLiteral } from "../../../web/src/reference/text/source-literal.ts";

const openApi = openApiDocument({ version: "0.0.0" }) as unknown as OpenApi;
const asyncApi = asyncApiDocument({ version: "0.0.0" }) as unknown as AsyncApi;
const entries = [...entriesById(groupsOf({ openApi, asyncApi })).values()];
const known = collectValues(openApi, asyncApi);
const { schemas } = openApi.components;

describe("examples of the client", () => {
  let directory: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "parley-examples-"));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  test("every example compiles, with all fields and with the required ones", () => {
    const root = process.cwd();
    let count = 0;
    for (const entry of entries) {
      if (entry.kind !== "operation") continue;
      const { operation, id } = entry;
      const values = requiredValues(operation, schemas, known);
      for (const contentType of [...contentTypesOf(operation), ...(operation.requestBody ? [] : [null])]) {
        const whole = isJsonType(contentType)
          ? bodyExample(operation, contentType, schemas, known)
          : undefined;
        const schema = contentType === null ? undefined : operation.requestBody?.content[contentType]?.schema;
        for (const example of [whole, requiredOnly(whole, schema, schemas)]) {
          const body = example === undefined ? "" : JSON.stringify(example);
          const source = clientExample(
            "https://chat.example.com",
            entry,
            { values, contentType, body },
            openApi,
          );
          writeFileSync(join(directory, `${id}-${count++}.ts`), source);
        }
      }
    }
    expect(count).toBeGreaterThan(300);
    const config = join(directory, "tsconfig.json");
    const compilerOptions = {
      types: [],
      lib: ["es2024", "dom", "dom.iterable"],
      noUnusedLocals: false,
      paths: { "parley/client": [join(root, "src/client/index.ts")] },
    };
    writeFileSync(
      config,
      JSON.stringify({ extends: join(root, "tsconfig.json"), compilerOptions, include: ["*.ts"] }),
    );
    const compiler = join(root, "node_modules/typescript/bin/tsc");
    const { stdout, status } = spawnSync(
      process.execPath,
      [compiler, "-p", config, "--pretty", "false", "--singleThreaded"],
      {
        cwd: directory,
        encoding: "utf8",
      },
    );
    expect({ stdout, status }).toEqual({ stdout: "", status: 0 });
  });
});

describe("examples of frames", () => {
  const ajv = new Ajv({ strict: false });
  ajvFormats.default(ajv);
  ajv.addSchema(asyncApi, "contract");
  const messages = entries.filter((entry) => entry.kind === "message");

  test.each(messages.map((entry) => [entry.id, entry] as const))("%s is valid", (_, entry) => {
    const name = `${entry.direction}.${entry.title}`;
    const validate = ajv.compile({ $ref: `contract#/components/messages/${name}/payload` });
    for (const isMinimal of [false, true]) {
      const frame = JSON.parse(frameExample(entry, asyncApi.components.schemas, known, { isMinimal }));
      expect(validate(frame), JSON.stringify([frame, validate.errors])).toBe(true);
    }
  });

  test("frames of one channel's socket do not repeat the channel", () => {
    const frame = (id: string): object => {
      const entry = messages.find((message) => message.id === id)!;
      return JSON.parse(frameExample(entry, asyncApi.components.schemas, known));
    };
    expect(frame("channelRealtime.messageCreate")).not.toHaveProperty("channelId");
    expect(frame("realtime.messageCreate")).toHaveProperty("channelId");
    expect(frame("realtime.statusUpdate")).not.toHaveProperty("channelId");
  });
});

test("literals have the value of the JSON", () => {
  const values = [
    null,
    'it\'s "x" \u2028',
    [],
    {},
    { a: 1, "b-c": [true, { d: "e".repeat(80) }], "": null, $x: "y", 1: 2 },
    JSON.parse('{ "__proto__": { "polluted": true }, "constructor": 1 }'),
  ];
  for (const value of values) {
    const read = new Function(`return ${sourceLiteral(value)};`)();
    expect(JSON.stringify(read)).toBe(JSON.stringify(value));
  }
  expect(sourceLiteral({ content: "hi" })).toBe('{ content: "hi" }');
});
