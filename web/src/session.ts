import { signal } from "@preact/signals";
import { getMe, ParleyError, type Self } from "../../src/client/index.ts";
import { client } from "./client.ts";
import { navigate, paths } from "./router.ts";
import { deleteDatabase } from "./state/database.ts";
import { Workspace } from "./state/workspace.ts";

/** The id of the user of the last session on this device, for a start without a network. */
const userKey = "parley.user";

/** The session of this tab. `starting`: it is being restored. `none`: the user must log in. */
export const session = signal<
  { state: "starting" } | { state: "none"; reason?: string } | { state: "open"; workspace: Workspace }
>({ state: "starting" });

/** Restores the session of an earlier visit, also without a network. */
export async function restoreSession(): Promise<void> {
  const storedId = localStorage.getItem(userKey);
  try {
    await open(await client.call(getMe, { retry: false }));
  } catch (error) {
    if (!(error instanceof ParleyError)) throw error;
    if (error.code !== "unavailable" && error.code !== "internal" && error.code !== "rate_limited") {
      session.value = { state: "none" };
      return;
    }
    const stored = storedId === null ? undefined : await Workspace.storedUser(storedId);
    if (stored) await open(stored);
    else session.value = { state: "none", reason: "The server can't be reached. Check your connection." };
  }
}

/** Opens the session of a user who has logged in, and shows the page that they wanted. */
export async function beginSession(me: Self): Promise<void> {
  await open(me);
  const wanted = new URLSearchParams(location.search).get("next");
  navigate(wanted?.startsWith("/") && !wanted.startsWith("//") ? wanted : paths.home, { replace: true });
}

/** Ends the session on the server and removes what this device stores of it. */
export async function logOut(): Promise<void> {
  const { value } = session;
  if (value.state !== "open") return;
  const { workspace } = value;
  const userId = workspace.me.peek().id;
  await client.logout();
  workspace.stop();
  localStorage.removeItem(userKey);
  deleteDatabase(userId);
  session.value = { state: "none" };
  navigate(paths.session("login"), { replace: true });
}

async function open(me: Self): Promise<void> {
  localStorage.setItem(userKey, me.id);
  const workspace = await Workspace.start(client, me);
  workspace.realtime.on("closed", ({ code }) => {
    // The session was ended elsewhere. Drafts and unsent messages stay for the next login of this user.
    if (code !== "unauthenticated" && code !== "second_factor_required") return;
    workspace.stop();
    session.value = { state: "none", reason: "Your session has ended. Log in to continue." };
  });
  session.value = { state: "open", workspace };
}
