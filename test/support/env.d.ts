import type { D1Migration } from "cloudflare:test";

declare global {
  namespace Cloudflare {
    /** The bindings that vitest.config.ts adds to the Worker's own. */
    interface Env {
      TEST_DB_MIGRATIONS: D1Migration[];
      TEST_SEARCH_MIGRATIONS: D1Migration[];
    }

    /** Types `exports` of `cloudflare:workers`. */
    interface GlobalProps {
      mainModule: typeof import("../../src/worker.ts");
    }
  }
}
