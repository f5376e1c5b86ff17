import { browserTokenStore, createClient } from "../../src/client/index.ts";

/** The client of this page. */
export const client = createClient({ url: location.origin, tokenStore: browserTokenStore() });
