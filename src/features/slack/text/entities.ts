const decoded: Record<string, string> = { "&amp;": "&", "&lt;": "<", "&gt;": ">" };
const encoded: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** Decodes the three entities that Slack's text uses. All other text is literal. */
export const decodeEntities = (text: string): string =>
  text.includes("&") ? text.replace(/&(?:amp|lt|gt);/g, (entity) => decoded[entity] ?? entity) : text;

/** Encodes `&`, `<` and `>`, as Slack's text requires. */
export const encodeEntities = (text: string): string =>
  text.replace(/[&<>]/g, (character) => encoded[character] ?? character);
