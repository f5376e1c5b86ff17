import type { Context } from "hono";
import { identifyCaller } from "../../http/authenticate.ts";
import type { AppEnv } from "../../http/context.ts";
import { uploadPart } from "../../protocol/index.ts";
import { contentLength, type ByteSource, readBody, readForm, uploadTimeouts } from "../files/index.ts";
import { type Dispatch, ParleyApi } from "./api/parley-api.ts";
import { slackReject } from "./api/slack-error.ts";
import { openUploadTicket } from "./tickets.ts";

/**
 * Receives the bytes of a file at the address of `files.getUploadURLExternal`, as the body or as the only field of a form, and sends them on
 * to the parts of the upload. Repeating the request replaces the parts.
 */
export async function receiveUpload(c: Context<AppEnv>, dispatch: Dispatch): Promise<Response> {
  const { config } = c.var;
  const ticket = await openUploadTicket(config, c.req.param("ticket") ?? "");
  const { grant } = await identifyCaller(c, ticket?.token);
  const { body } = c.req.raw;
  if (!ticket || !body) return slackReject("invalid_arguments", "Send the bytes of the file as the body");
  const { fileId, sizeBytes, partSizeBytes, token } = ticket;
  const api = new ParleyApi(c, { dispatch, grant, token });
  const contentType = c.req.header("Content-Type") ?? "";
  const time = uploadTimeouts(config);
  const bytes = /^multipart\/form-data\b/i.test(contentType)
    ? (await readForm(body, { contentType, bodyBytes: contentLength(c.req.raw), time, anyField: true })).bytes
    : readBody(body, { time });
  try {
    const reader = new PartReader(bytes);
    for (let part = 1, from = 0; from < sizeBytes; part++, from += partSizeBytes) {
      const length = Math.min(partSizeBytes, sizeBytes - from);
      await api.send(
        uploadPart,
        { params: { fileId, part: String(part) } },
        {
          headers: { "Content-Type": "application/octet-stream", "Content-Length": String(length) },
          body: reader.part(length),
        },
      );
    }
    if (await reader.hasMore()) slackReject("invalid_arguments", `The file has more than ${sizeBytes} bytes`);
  } finally {
    await bytes.drain();
  }
  return c.text(`OK - ${sizeBytes}`);
}

/** Divides bytes into parts without keeping more than one chunk in memory. */
class PartReader {
  readonly #bytes: ByteSource;
  /** Bytes of the last chunk that belong to the next part. */
  #rest: Uint8Array | undefined;

  constructor(bytes: ByteSource) {
    this.#bytes = bytes;
  }

  /** Returns the next `length` bytes, or fewer if there are no more. Call it when the previous part was read. */
  part(length: number): ReadableStream<Uint8Array> {
    let left = length;
    return new ReadableStream({
      type: "bytes",
      pull: async (controller) => {
        const chunk = left > 0 ? await this.#next() : undefined;
        if (!chunk) {
          controller.close();
          controller.byobRequest?.respond(0);
          return;
        }
        const taken = chunk.subarray(0, left);
        if (taken.byteLength < chunk.byteLength) this.#rest = chunk.subarray(taken.byteLength);
        left -= taken.byteLength;
        // A copy, because the stream takes the buffer, which the source uses again.
        controller.enqueue(taken.slice());
        if (left === 0) controller.close();
      },
    });
  }

  async hasMore(): Promise<boolean> {
    const chunk = await this.#next();
    return chunk !== undefined && chunk.byteLength > 0;
  }

  async #next(): Promise<Uint8Array | undefined> {
    const rest = this.#rest;
    this.#rest = undefined;
    return rest ?? (await this.#bytes.read());
  }
}
