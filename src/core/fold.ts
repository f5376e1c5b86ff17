/**
 * The key under which a name is unique: NFKC and full case folding, by way of upper case, so that `Straße` and `STRASSE`,
 * or a final and a medial sigma, are one. SQLite's NOCASE folds ASCII only.
 */
export function foldKey(name: string): string {
  return name.normalize("NFKC").toUpperCase().toLowerCase().normalize("NFKC");
}
