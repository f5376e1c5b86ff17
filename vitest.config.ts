import { availableParallelism } from "node:os";
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";
import { keepStorageInMemory } from "./test/support/memory-storage.ts";
import { SlowFirst } from "./test/support/slow-first.ts";
import { raisedCreations, raisedLimits } from "./test/support/raised-limits.ts";
import { testSecrets } from "./test/support/test-secrets.ts";

// Set here, because a fresh clone has no .dev.vars and wrangler warns of missing secrets.
// Without the other variable wrangler fetches a sample of `request.cf` from cloudflare.com.
Object.assign(process.env, testSecrets, { CLOUDFLARE_CF_FETCH_ENABLED: "false" });
keepStorageInMemory();

/** Files that compare durations, and `stop`, which changes a source file and so reloads every development server. */
const timingTests = [
  "close",
  "login-timing",
  "mass-reconnect",
  "response-timing",
  "slow-clients",
  "stop",
].map((name) => `test/e2e/${name}.test.ts`);

const e2e = {
  environment: "node",
  globalSetup: ["test/e2e/support/shared-bundle.ts"],
  testTimeout: 300_000,
  hookTimeout: 120_000,
};

export default defineConfig({
  test: {
    // The Worker logs a line for each request; the output of passed tests is hidden.
    silent: "passed-only",
    // More files than cores, since tests often wait; at most 8, since each workerd needs up to 1 GB.
    maxWorkers: Math.min(8, 2 * availableParallelism()),
    sequence: { sequencer: SlowFirst },
    reporters: ["default", "./test/support/slowest-files.ts"],
    projects: [
      {
        test: {
          name: "pure",
          include: ["test/pure/**/*.test.ts"],
          environment: "node",
          // High, because the tests of the Worker run at the same time; it only ends tests that hang.
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        // Tests of the Worker run in workerd, in the isolate of the Worker, with real D1, R2 and Durable Objects.
        define: { __FAILPOINTS__: "true" },
        plugins: [
          cloudflareTest(async () => ({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: {
                ...testSecrets,
                // Limits per user and socket are raised, because tests send faster than people.
                ...raisedLimits,
                ...raisedCreations,
                // `full`: the tests of security try as much as `npm run security` promises.
                SECURITY_SCALE: process.env["SECURITY_SCALE"] ?? "short",
                // Supervision ends TCP connections, of which these tests have none, and needs promises that one invocation resolves for
                // another, which the pool turns off. The end-to-end tests have both.
                ROOM_SOCKETS: "direct",
                // Limits per address are raised, because all tests of a file share one; delays only slow tests down.
                LOGIN_ADDRESS_ATTEMPTS: "100000",
                REGISTER_ADDRESS_ATTEMPTS: "100000",
                PASSWORD_REJECTION_DELAY_MS: "1",
                PASSWORD_CPU_PERCENT: "100",
                PASSWORD_BUSY_CPU_PERCENT: "100",
                PASSWORD_LANE_MAX: "32",
                TEST_DB_MIGRATIONS: await readD1Migrations("migrations"),
                TEST_SEARCH_MIGRATIONS: await readD1Migrations("migrations/search"),
              },
            },
          })),
        ],
        test: {
          name: "worker",
          isolate: false,
          include: ["test/worker/**/*.test.ts"],
          setupFiles: ["test/support/fresh-state.ts"],
          // High, because several files run at the same time; they only end tests that hang.
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
      {
        // Tests with real processes and sockets mostly wait for timers and the network, so more files run at the same time.
        test: {
          ...e2e,
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          exclude: timingTests,
          maxWorkers: Math.min(8, 2 * availableParallelism()),
          sequence: { groupOrder: 1 },
        },
      },
      {
        // The web client in Chromium, against the server as `wrangler dev` serves it.
        test: {
          ...e2e,
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          globalSetup: ["test/browser/support/build.ts"],
          // High, for a slow machine with other load: what a page shows arrives over the network.
          expect: { poll: { timeout: 30_000 } },
          maxWorkers: availableParallelism(),
          sequence: { groupOrder: 2 },
        },
      },
      {
        // These run one file at a time, after all others, so that none affects another.
        test: {
          ...e2e,
          name: "e2e-timing",
          include: timingTests,
          fileParallelism: false,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
