import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";
import { raisedLimits } from "./test/support/raised-limits.ts";
import { testSecrets } from "./test/support/test-secrets.ts";

// Set here, because a fresh clone has no .dev.vars and wrangler warns of missing secrets.
// Without the other variable wrangler fetches a sample of `request.cf` from cloudflare.com.
Object.assign(process.env, testSecrets, { CLOUDFLARE_CF_FETCH_ENABLED: "false" });

export default defineConfig({
  test: {
    // The Worker logs a line for each request; the output of passed tests is hidden.
    silent: "passed-only",
    // By default Vitest leaves one core idle; CI has two.
    maxWorkers: "100%",
    projects: [
      {
        test: {
          name: "pure",
          include: ["test/pure/**/*.test.ts"],
          environment: "node",
          // High, because the tests of the Worker run at the same time; it only ends tests that hang.
          testTimeout: 60_000,
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
                USER_CHANNELS_PER_HOUR: "100000",
                USER_DMS_PER_HOUR: "100000",
                USER_ADDED_PER_HOUR: "100000",
                USER_STATUS_CHANGES_PER_HOUR: "100000",
                USER_PROFILE_CHANGES_PER_HOUR: "100000",
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
          testTimeout: 60_000,
        },
      },
      {
        // Tests with real processes and sockets run one file at a time, so that none affects the measurements of another.
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          environment: "node",
          fileParallelism: false,
          // Runs after the other projects, for the same reason.
          sequence: { groupOrder: 1 },
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
