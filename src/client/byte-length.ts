const encoder = new TextEncoder();

/** Of a text in UTF-8, as it goes over the wire. */
export const byteLength = (text: string): number => encoder.encode(text).length;
