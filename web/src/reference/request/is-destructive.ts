/** The last segments of paths whose operations delete what cannot be restored. */
const finalActions: ReadonlySet<string> = new Set(["purge", "erase"]);

/** Whether a request deletes something, so that the page asks for a confirmation before it is sent. */
export const isDestructive = ({ method, path }: { method: string; path: string }): boolean =>
  method === "DELETE" || finalActions.has(path.slice(path.lastIndexOf("/") + 1));
