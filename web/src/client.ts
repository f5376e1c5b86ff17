import { signal } from "@preact/signals";
import { cookieSession } from "../../src/client/cookie-session.ts";
import { createClient } from "../../src/client/index.ts";

/** Another tab has logged in, so that this one may continue with that session. */
export const loginElsewhere = signal(0);

/** The client of this page. Its refresh token is in a cookie that no script can read: docs/decisions/0044-browser-sessions.md */
export const client = createClient({
  url: location.origin,
  session: cookieSession({ onLogin: () => loginElsewhere.value++ }),
});
