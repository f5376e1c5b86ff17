import type { RestResponse } from "./rest-client.ts";
import { sendAs } from "./upload-client.ts";

export const boundary = "----parley0123456789";

/** Encodes one field of a form with the given headers, unescaped. */
export const formField = (disposition: string, content: Uint8Array | string, type?: string): Buffer =>
  Buffer.concat([
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; ${disposition}\r\n`),
    Buffer.from(type === undefined ? "\r\n" : `Content-Type: ${type}\r\n\r\n`),
    Buffer.from(content),
    Buffer.from("\r\n"),
  ]);

/** Encodes the field `file` with a file name. */
export const fileField = (content: Uint8Array | string, name = "a.bin", type = "application/octet-stream") =>
  formField(`name="file"; filename="${name}"`, content, type);

export const multipartBody = (...fields: Uint8Array[]): Buffer<ArrayBuffer> =>
  Buffer.concat([...fields, Buffer.from(`--${boundary}--\r\n`)]) as Buffer<ArrayBuffer>;

export const multipartType = `multipart/form-data; boundary=${boundary}`;

/** Uploads a file as a form, with the checks of `callRest`. */
export const sendForm = (
  who: { token: string },
  body: BodyInit,
  { query = "", headers = {} }: { query?: string; headers?: Record<string, string> } = {},
): Promise<RestResponse> =>
  sendAs(who, "POST", `/v1/files${query}`, { body, headers: { "Content-Type": multipartType, ...headers } });
