import type { D1Migration } from "cloudflare:test";

declare global {
  namespace Cloudflare {
    /** What vitest.config.ts adds to the Worker's own bindings. */
    interface Env {
      TEST_DB_MIGRATIONS: D1Migration[];
      TEST_SEARCH_MIGRATIONS: D1Migration[];
    }

    /** Gives `exports` of `cloudflare:workers` its types. */
    interface GlobalProps {
      mainModule: typeof import("../../src/worker.ts");
    }
  }
}
