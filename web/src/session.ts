import { effect, signal } from "@preact/signals";
import { ParleyError, type Self } from "../../src/client/index.ts";
import { client, loginElsewhere } from "./client.ts";
import { closeNotifications, unsubscribe } from "./pwa/end-notifications.ts";
import { forgetPush } from "./pwa/push-choice.ts";
import { navigate, nextPath, paths, route, url } from "./router.ts";
import { deleteDatabase } from "./state/database.ts";
import { Workspace } from "./state/workspace.ts";
import { closeOverlays } from "./ui/overlays.ts";

/** The id of the user of the last session on this device, for a start without a network. */
const userKey = "parley.user";
/** How often a session is restored again while the server can't be reached, in ms. */
const retryMs = 5_000;

/**
 * The session of this tab. `starting`: it is being restored; with a `reason`, the server can't be reached. `none`: the user must log in, for the
 * `reason`.
 */
export type SessionState =
  | { state: "starting"; reason?: string }
  | { state: "none"; reason?: string }
  | { state: "open"; workspace: Workspace };

export const session = signal<SessionState>({ state: "starting" });

/**
 * Restores the session of an earlier visit. What this device has stored of its user is shown at once, also without a network; the server
 * decides meanwhile whether the session is still live.
 */
export async function restoreSession(): Promise<void> {
  const storedId = localStorage.getItem(userKey);
  const stored = storedId === null ? undefined : await Workspace.startStored(client, storedId);
  if (stored) show(stored);
  await resume();
}

// A login in another tab continues here, unless this tab has a session.
effect(() => {
  if (loginElsewhere.value > 0 && session.peek().state === "none") void resume();
});

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
 * @throws ParleyError `unavailable` without a network
 */
export async function logOut({
  request,
  reason,
}: { request?: () => Promise<unknown>; reason?: string } = {}): Promise<void> {
  const userId = localStorage.getItem(userKey);
  await request?.();
  await client.logout().catch((error: unknown) => {
    if (!(error instanceof ParleyError && error.code === "unauthenticated")) throw error;
  });
  close();
  localStorage.removeItem(userKey);
  if (userId !== null) {
    deleteDatabase(userId);
    forgetPush(userId);
  }
  closeOverlays();
  // The push service of the browser may not respond. The server has ended the subscription in any case.
  void unsubscribe().catch(() => {});
  void closeNotifications().catch(() => {});
  session.value = { state: "none", ...(reason !== undefined && { reason }) };
  navigate(paths.session("login"), { replace: true });
}

/** Continues the session of the cookies. A login meanwhile takes precedence. */
async function resume(): Promise<void> {
  const before = session.peek();
  const shownBefore = before.state === "open" ? before.workspace.me.peek() : undefined;
  try {
    const me = await client.resume();
    const current = session.peek();
    if (current !== before && current.state === "open") return;
    const shown = current.state === "open" ? current.workspace : undefined;
    if (!me) return end(shown ? sessionEnded : undefined);
    if (shown?.me.peek().id !== me.id) await open(me);
    // What the user has changed meanwhile is newer than the answer.
    else if (shown.me.peek() === shownBefore) shown.me.value = me;
  } catch (error) {
    if (!(error instanceof ParleyError)) throw error;
    if (error.code === "second_factor_required") return requireSecondFactor();
    // What is stored stays visible; without it there is nothing to show until the server responds.
    if (session.peek().state !== "open")
      session.value = { state: "starting", reason: "The server can't be reached. Trying again …" };
    setTimeout(() => void resume(), retryMs);
  }
}

const sessionEnded =
  "Your session has ended. Log in to continue; drafts and unsent messages stay on this device.";

/**
 * Handles the end of the session by the server: nothing that the user could read is shown or stored any more. Drafts and unsent messages stay for
 * the next login of this user.
 */
function end(reason: string | undefined): void {
  const { value } = session;
  if (value.state === "open") void value.workspace.forget().catch(() => {});
  localStorage.removeItem(userKey);
  closeOverlays();
  close();
  void closeNotifications().catch(() => {});
  session.value = { state: "none", ...(reason !== undefined && { reason }) };
}

/** The session must pass a second factor before it can continue. */
function requireSecondFactor(): void {
  const { pathname, search } = url.peek();
  const next = route.peek().name === "session" ? nextPath() : pathname + search;
  navigate(paths.session("second-factor", next), { replace: true });
  end(undefined);
}

function close(): void {
  const { value } = session;
  if (value.state === "open") value.workspace.stop();
}

async function open(me: Self): Promise<void> {
  close();
  localStorage.setItem(userKey, me.id);
  show(await Workspace.start(client, me));
}

/** Makes a workspace the open session of this tab, until the server ends it. */
function show(workspace: Workspace): void {
  workspace.realtime.on("closed", ({ code }) => {
    const current = session.peek();
    if (current.state !== "open" || current.workspace !== workspace) return;
    const handle = (): void => {
      if (code === "unauthenticated") end(sessionEnded);
      if (code === "second_factor_required") requireSecondFactor();
    };
    if (replacement) replacement.onFailure = handle;
    else handle();
  });
  session.value = { state: "open", workspace };
}
