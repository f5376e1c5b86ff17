/**
 * Lists what a bundle contains that only a test build may contain: the define itself, the marker `failpoint:`, or the name of a
 * failpoint.
 *
 * @param failpointSource - src/lib/failpoint.ts, whose string literals are the names
 */
export function failpointsIn(bundle: string, failpointSource: string): string[] {
  const names = [...failpointSource.matchAll(/"([\w-]+:[\w-]+)"/g)].map(([, name = ""]) => name);
  if (names.length === 0)
    return ["src/lib/failpoint.ts contains no name of a failpoint, so the bundle cannot be checked"];
  return ["__FAILPOINTS__", "failpoint:", ...names]
    .filter((text) => bundle.includes(text))
    .map((text) => `it contains "${text}"`);
}
