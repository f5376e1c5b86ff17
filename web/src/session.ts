import { effect, signal } from "@preact/signals";
import { ParleyError, type Self } from "../../src/client/index.ts";
import { client, loginElsewhere } from "./client.ts";
import { navigate, paths } from "./router.ts";
import { deleteDatabase } from "./state/database.ts";
import { Workspace } from "./state/workspace.ts";

/** The id of the user of the last session on this device, for a start without a network. */
const userKey = "parley.user";
/** How often a session is restored again while the server can't be reached, in ms. */
const retryMs = 5_000;

/** The session of this tab. `starting`: it is being restored. `none`: the user must log in, for the `reason`. */
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
  const stored = storedId === null ? undefined : await Workspace.storedUser(storedId);
  if (stored) await open(stored);
  await resume();
}

// A login in another tab continues here, unless this tab has a session.
effect(() => {
  if (loginElsewhere.value > 0 && session.peek().state === "none") void resume();
});

/** Opens the session of a user who has logged in, and shows the page that they wanted. */
export async function beginSession(me: Self): Promise<void> {
  close();
  await open(me);
  const wanted = new URLSearchParams(location.search).get("next");
  navigate(wanted?.startsWith("/") && !wanted.startsWith("//") ? wanted : paths.home, { replace: true });
}

/** Ends the session on the server, and removes what this device stores of it. @throws ParleyError `unavailable` without a network */
export async function logOut(): Promise<void> {
  const { value } = session;
  if (value.state !== "open") return;
  const userId = value.workspace.me.peek().id;
  await client.logout();
  close();
  localStorage.removeItem(userKey);
  deleteDatabase(userId);
  session.value = { state: "none" };
  navigate(paths.session("login"), { replace: true });
}

async function resume(): Promise<void> {
  try {
    const me = await client.resume();
    const current = session.peek();
    const shown = current.state === "open" ? current.workspace : undefined;
    if (!me) return end(shown ? sessionEnded : undefined);
    if (shown?.me.peek().id === me.id) shown.me.value = me;
    else {
      close();
      await open(me);
    }
  } catch (error) {
    if (!(error instanceof ParleyError)) throw error;
    if (error.code === "second_factor_required") return end(error.message);
    // What is stored stays visible; without it there is nothing to show until the server responds.
    if (session.peek().state !== "open")
      session.value = { state: "starting", reason: "The server can't be reached. Trying again …" };
    setTimeout(() => void resume(), retryMs);
  }
}

const sessionEnded =
  "Your session has ended. Log in to continue; drafts and unsent messages stay on this device.";

function end(reason: string | undefined): void {
  close();
  session.value = { state: "none", ...(reason !== undefined && { reason }) };
}

function close(): void {
  const { value } = session;
  if (value.state === "open") value.workspace.stop();
}

async function open(me: Self): Promise<void> {
  localStorage.setItem(userKey, me.id);
  const workspace = await Workspace.start(client, me);
  workspace.realtime.on("closed", ({ code, message }) => {
    const current = session.peek();
    if (current.state !== "open" || current.workspace !== workspace) return;
    if (code === "unauthenticated") end(sessionEnded);
    if (code === "second_factor_required") end(message);
  });
  session.value = { state: "open", workspace };
}
