import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-pool-workers";
import { defineConfig } from "vitest/config";
import { testSecrets } from "./test/support/test-secrets.ts";

// Wrangler warns of required secrets that are in neither .dev.vars nor here; a fresh clone has no .dev.vars.
// The other variable keeps it from asking cloudflare.com for a sample of `request.cf`.
Object.assign(process.env, testSecrets, { CLOUDFLARE_CF_FETCH_ENABLED: "false" });

export default defineConfig({
  test: {
    // The Worker logs a line a request; only those of a failed test are of interest.
    silent: "passed-only",
    // Vitest would leave a core idle, of which CI has two.
    maxWorkers: "100%",
    projects: [
      {
        test: {
          name: "pure",
          include: ["test/pure/**/*.test.ts"],
          environment: "node",
          // A bound against hanging, not a measurement: the other core runs the Worker's tests.
          testTimeout: 60_000,
        },
      },
      {
        // Tests of the Worker run in workerd, in the Worker's own isolate, on real D1, R2 and Durable Objects.
        define: { __FAILPOINTS__: "true" },
        plugins: [
          cloudflareTest(async () => ({
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              bindings: {
                ...testSecrets,
                // One test is faster than a person.
                SOCKET_COMMANDS_PER_SECOND: "100000",
                SOCKET_COMMANDS_BURST: "100000",
                USER_WRITES_PER_HOUR: "10000000",
                USER_WRITES_PER_DAY: "10000000",
                USER_BYTES_PER_HOUR: "10000000000",
                USER_BYTES_PER_DAY: "10000000000",
                TOGGLE_BURST: "100000",
                USER_CHANNELS_PER_HOUR: "100000",
                USER_DMS_PER_HOUR: "100000",
                USER_ADDED_PER_HOUR: "100000",
                USER_STATUS_CHANGES_PER_HOUR: "100000",
                USER_PROFILE_CHANGES_PER_HOUR: "100000",
                // All tests of a file share one address, and need no delay to be kept in order.
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
          include: ["test/worker/**/*.test.ts"],
          setupFiles: ["test/support/apply-migrations.ts"],
          testTimeout: 60_000,
        },
      },
      {
        // Real processes and real sockets: one file at a time, so that none measures another's load.
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          environment: "node",
          fileParallelism: false,
          // After all others, for the same reason.
          sequence: { groupOrder: 1 },
          testTimeout: 300_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
