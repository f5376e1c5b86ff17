import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Workspace } from "./workspace.ts";

/** The session that the page shows. */
export const WorkspaceContext = createContext<Workspace | null>(null);

/** Returns the session. @throws Error outside of the pages of a session */
export function useWorkspace(): Workspace {
  const workspace = useContext(WorkspaceContext);
  if (!workspace) throw new Error("There is no session");
  return workspace;
}
