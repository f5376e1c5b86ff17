import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Parser } from "@asyncapi/parser";
import { expect, test } from "vitest";
import { asyncApiDocument } from "../../../src/features/contract/asyncapi-document.ts";
import { openApiDocument } from "../../../src/features/contract/openapi-document.ts";

const version = "0.0.0";

test("[CT1] the official AsyncAPI parser reports no error or warning", async () => {
  const { document, diagnostics } = await new Parser().parse(JSON.stringify(asyncApiDocument({ version })));
  // The parser recommends its newest version of the format for any document.
  const found = diagnostics.filter(({ code }) => code !== "asyncapi-latest-version");
  expect(found.map(({ path, message }) => `${path.join(".")}: ${message}`)).toEqual([]);
  expect(document?.version()).toBe("3.0.0");
}, 300_000);

test("[CT1] Redocly lints the OpenAPI document without an error or a warning", () => {
  const directory = mkdtempSync(join(tmpdir(), "parley-openapi-"));
  try {
    const path = join(directory, "openapi.json");
    writeFileSync(path, JSON.stringify(openApiDocument({ version })));
    const cli = [
      "node_modules/@redocly/cli/bin/cli.js",
      "lint",
      path,
      "--config",
      "redocly.yaml",
      "--format",
      "json",
    ];
    const { stdout } = spawnSync(process.execPath, cli, {
      encoding: "utf8",
      env: { ...process.env, REDOCLY_TELEMETRY: "off", REDOCLY_SUPPRESS_UPDATE_NOTICE: "true" },
    });
    const { problems } = JSON.parse(stdout) as {
      problems: { ruleId: string; message: string; location: { pointer: string }[] }[];
    };
    expect(
      problems.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer].join(" ")),
    ).toEqual([]);
  } finally {
    rmSync(directory, { recursive: true });
  }
}, 300_000);
