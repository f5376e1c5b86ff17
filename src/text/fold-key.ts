/**
 * Computes the key by which names are compared for uniqueness and prefixes: NFKC with full case folding, without invisible characters.
 * SQLite's NOCASE folds ASCII only.
 *
 * Folding goes through upper case, so that `Straße`, `STRASSE` and `STRAẞE` have the same key. The name is lowercased first, since `ẞ` is its
 * own upper case, while the upper case of `ß` is `SS`. Final sigmas are replaced: lower case turns the last sigma of a word into a final
 * one, so that otherwise the key of a prefix would not be a prefix of the key.
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
