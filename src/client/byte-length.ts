const encoder = new TextEncoder();

/** Returns the length of a text in UTF-8 bytes. */
export const byteLength = (text: string): number => encoder.encode(text).length;
