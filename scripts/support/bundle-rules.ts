/**
 * What a bundle holds that only a test build may, a line each: the define itself, the marker `failpoint:`, or the name of
 * a failpoint. The names are the string literals of src/lib/failpoint.ts.
 */
export function failpointsIn(bundle: string, failpointSource: string): string[] {
  const names = [...failpointSource.matchAll(/"([\w-]+:[\w-]+)"/g)].map(([, name = ""]) => name);
  if (names.length === 0) return ["src/lib/failpoint.ts names no failpoint: there was nothing to look for"];
  return ["__FAILPOINTS__", "failpoint:", ...names]
    .filter((text) => bundle.includes(text))
    .map((text) => `it contains "${text}"`);
}
