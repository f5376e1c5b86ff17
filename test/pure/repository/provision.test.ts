import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { productionConfig } from "../../../scripts/support/preflight.ts";
import {
  databaseIdIn,
  requireOneJurisdiction,
  resourcesToCreate,
  unfilledDatabases,
  withDatabaseId,
} from "../../../scripts/support/provision.ts";

const shipped = productionConfig();
const inJurisdiction = (jurisdiction: string, region = "", ofBucket = jurisdiction) => ({
  ...shipped,
  vars: { JURISDICTION: jurisdiction, LOCATION_HINT: region },
  r2_buckets: shipped.r2_buckets.map((bucket) => ({ ...bucket, jurisdiction: ofBucket })),
});
const commands = (config: typeof shipped) => resourcesToCreate(config).map(({ args }) => args.join(" "));

test("[DP1] databases and bucket are created in the jurisdiction of the vars", () => {
  expect(commands(inJurisdiction("eu", "weur"))).toEqual([
    "d1 create parley --jurisdiction eu",
    "d1 create parley-search --jurisdiction eu",
    "r2 bucket create parley-files --jurisdiction eu",
  ]);
  expect(commands(inJurisdiction("", "weur"))[2]).toBe("r2 bucket create parley-files --location weur");
  expect(commands(inJurisdiction("", "sam"))[0], "D1 and R2 do not know this region").toBe(
    "d1 create parley",
  );
  expect(commands(shipped)[0]).toBe("d1 create parley");
});

test("[DP1] a bucket in another jurisdiction than the objects stops the deploy", () => {
  requireOneJurisdiction(shipped);
  requireOneJurisdiction(inJurisdiction("eu"));
  expect(() => requireOneJurisdiction(inJurisdiction("eu", "", ""))).toThrow('JURISDICTION is "eu"');
  expect(() => requireOneJurisdiction(inJurisdiction("", "", "us"))).toThrow('in "us"');
});

test("an id that wrangler printed is written only to its database", () => {
  const toml = readFileSync("wrangler.toml", "utf8");
  const id = databaseIdIn(
    '✅ Created\n{\n "d1_databases": [{ "database_id": "0a1b2c3d-1111-2222-3333-444455556666" }] }',
  );
  expect(id).toBe("0a1b2c3d-1111-2222-3333-444455556666");
  const changed = withDatabaseId(toml, "SEARCH", id!).split("\n");
  const lines = toml.split("\n");
  const different = changed.flatMap((line, index) => (line === lines[index] ? [] : [index]));
  expect(different).toHaveLength(1);
  expect(changed[different[0]!]).toBe(`database_id = "${id}"`);
  expect(lines.slice(0, different[0]).findLast((line) => line.startsWith("binding"))).toBe(
    'binding = "SEARCH"',
  );
  expect(unfilledDatabases(shipped).map(({ binding }) => binding)).toEqual(["DB", "SEARCH"]);
  expect(() => withDatabaseId(toml, "OTHER", id!)).toThrow("OTHER");
});

test("production logs no URLs at Cloudflare and replaces object code in a minute", () => {
  expect(productionConfig()).toMatchObject({
    observability: { enabled: true, redact_query_string: true, logs: { invocation_logs: false } },
    durable_objects: { code_update_strategy: { mode: "deferred", max_delay: 60 } },
    exports: {
      ChannelRoom: { type: "durable-object", storage: "sqlite" },
      UserHub: { type: "durable-object", storage: "sqlite" },
      PasswordHasher: { type: "durable-object", storage: "sqlite" },
      RateLimiter: { type: "durable-object", storage: "sqlite" },
      JobRunner: { type: "durable-object", storage: "sqlite" },
      WebhookSender: { type: "durable-object", storage: "sqlite" },
    },
    migrations: [],
  });
});
