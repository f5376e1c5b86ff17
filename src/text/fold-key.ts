/**
 * The key under which a name is unique: NFKC and full case folding, by way of upper case, so that `Straße`, `STRASSE` and
 * `STRAẞE`, or a final and a medial sigma, are one. `ẞ` gets there by its lower case only, and lower case makes a final sigma
 * of the last one, which would keep the beginning of a name from being one. SQLite's NOCASE folds ASCII only. What is invisible
 * does not count.
 */
export function foldKey(name: string): string {
  return name
    .replaceAll(/[\p{Default_Ignorable_Code_Point}\u2800]/gu, "")
    .normalize("NFKD")
    .toLowerCase()
    .toUpperCase()
    .toLowerCase()
    .replaceAll("ς", "σ")
    .normalize("NFKC");
}
