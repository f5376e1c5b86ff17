/** Serializes a value as JSON whose characters are all ASCII, for an HTTP header (RFC 9110, section 5.5). */
export const asciiJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
