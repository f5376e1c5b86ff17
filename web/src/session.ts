import { signal } from "@preact/signals";
import { type ErrorCode, getMe, ParleyError, type Self } from "../../src/client/index.ts";
import { client } from "./client.ts";
import { navigate, nextPath, paths, route, url } from "./router.ts";
import { deleteDatabase } from "./state/database.ts";
import { Workspace } from "./state/workspace.ts";

/** The id of the user of the last session on this device, for a start without a network. */
const userKey = "parley.user";

/**
 * The session of this tab. `starting`: it is being restored. `none`: the user must log in, for the reason that is shown; `isOffline`: an
 * earlier session may exist, but the server could not be reached.
 */
export const session = signal<
  | { state: "starting" }
  | { state: "none"; reason?: string; isOffline?: boolean }
  | { state: "open"; workspace: Workspace }
>({ state: "starting" });

/** Restores the session of an earlier visit, also without a network. A login meanwhile takes precedence. */
export async function restoreSession(): Promise<void> {
  const storedId = localStorage.getItem(userKey);
  const isOpen = (): boolean => session.peek().state === "open";
  try {
    const me = await client.call(getMe, { retry: false });
    if (!isOpen()) await open(me);
  } catch (error) {
    if (!(error instanceof ParleyError)) throw error;
    if (isOpen()) return;
    if (error.code !== "unavailable" && error.code !== "internal" && error.code !== "rate_limited") {
      session.value = { state: "none" };
      return;
    }
    const stored = storedId === null ? undefined : await Workspace.storedUser(storedId);
    if (stored) await open(stored);
    else
      session.value = {
        state: "none",
        reason: "The server can't be reached. Check your connection.",
        isOffline: true,
      };
  }
}

/** Opens the session of a user who has logged in, and shows the page that they wanted. */
export async function beginSession(me: Self): Promise<void> {
  const wanted = nextPath();
  await open(me);
  navigate(wanted, { replace: true });
}

/** While a session takes the place of the open one: what to do about the end of the open one, if that is not followed by the new one. */
let replacement: { onFailure: () => void } | null = null;

/**
 * Replaces the session by a new one of the same user: a change of the account's security needs a recent login.
 *
 * @param logIn begins the new session and stores its tokens
 */
export async function replaceSession(logIn: () => Promise<Self>): Promise<void> {
  const current = { onFailure: () => {} };
  replacement = current;
  try {
    await open(await logIn());
  } catch (error) {
    current.onFailure();
    throw error;
  } finally {
    replacement = null;
  }
}

/**
 * Ends the session on the server and removes what this device stores of it.
 *
 * @param options `request`: is sent first, and may end the session too. `reason`: shown at the next login.
 */
export async function logOut({
  request,
  reason,
}: { request?: () => Promise<unknown>; reason?: string } = {}): Promise<void> {
  const { value } = session;
  const userId = localStorage.getItem(userKey);
  await request?.();
  await client.logout().catch((error: unknown) => {
    if (!(error instanceof ParleyError && error.code === "unauthenticated")) throw error;
  });
  if (value.state === "open") value.workspace.stop();
  localStorage.removeItem(userKey);
  if (userId !== null) deleteDatabase(userId);
  session.value = { state: "none", ...(reason !== undefined && { reason }) };
  navigate(paths.session("login"), { replace: true });
}

async function open(me: Self): Promise<void> {
  const before = session.peek();
  if (before.state === "open") before.workspace.stop();
  localStorage.setItem(userKey, me.id);
  const workspace = await Workspace.start(client, me);
  workspace.realtime.on("closed", ({ code }) => {
    if (replacement) replacement.onFailure = () => end(workspace, code);
    else end(workspace, code);
  });
  session.value = { state: "open", workspace };
}

/** Handles the end of the session by the server. Drafts and unsent messages stay for the next login of this user. */
function end(workspace: Workspace, code: ErrorCode): void {
  if (code === "second_factor_required") {
    workspace.stop();
    const { pathname, search } = url.peek();
    const next = route.peek().name === "session" ? nextPath() : pathname + search;
    navigate(paths.session("second-factor", next), { replace: true });
    session.value = { state: "none" };
  } else if (code === "unauthenticated") {
    workspace.stop();
    session.value = { state: "none", reason: "Your session has ended. Log in to continue." };
  }
}
