/** Leaves room, within the limit of a username, for a number and for the tag. */
const baseLength = 20;

/**
 * Returns a valid username for each name, unique without regard to case: characters other than `a-z 0-9 . _ -` are removed, equal
 * usernames are numbered, and all end with the run's tag.
 */
export function usernamesFor(names: readonly string[], tag: string): Map<string, string> {
  const taken = new Set<string>();
  return new Map(
    names.map((name) => {
      const plain = name.normalize("NFKD").toLowerCase();
      const base = plain.replace(/[^a-z0-9._-]/g, "").slice(0, baseLength) || "someone";
      let username = base;
      for (let count = 2; taken.has(username); count++) username = `${base}-${count}`;
      taken.add(username);
      return [name, `${username}.${tag}`];
    }),
  );
}
