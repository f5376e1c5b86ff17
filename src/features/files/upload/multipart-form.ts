import { Busboy } from "@fastify/busboy";
import { parse } from "content-disposition";
import type { Readable } from "node:stream";
import { AppError, invalidField } from "../../../errors/app-error.ts";
import { truncatedBody, type BodyTimeouts, ByteSource, readBody } from "./byte-source.ts";

/** How long the headers of a field may be: more than names and types ever need. */
const maxHeaderBytes = 16 * 1024;

/** RFC 2046 allows 70 characters. The time to search for a boundary may grow with its length. */
const maxBoundaryLength = 200;

const fieldName = "file";

interface Body {
  contentType: string;
  /** `Content-Length` of the request. */
  bodyBytes: number;
  time: BodyTimeouts;
  /** Accepts a file under any name of its field. Default: only `file`. */
  anyField?: boolean;
}

/** The file of a form, with the name and type that the client sent. */
export interface FormFile {
  name: string | undefined;
  type: string;
  bytes: ByteSource;
  /** The largest size that the file can have. */
  maxBytes: number;
  /** The size of the file if it is followed by nothing but the closing line of the form and a line break, as most clients send it. */
  expectedBytes: number;
}

/**
 * Reads a form up to the bytes of its only field, `file`; the rest is read when those bytes are.
 *
 * @throws `validation_failed` for another field, a second file or a malformed form; what follows the file makes the last read of its
 * bytes throw
 */
export async function readForm(
  body: ReadableStream<Uint8Array>,
  { contentType, bodyBytes, time, anyField = false }: Body,
): Promise<FormFile> {
  // Before the body is read: `drainUnreadBody` drains the body of a request that this rejects.
  const boundary = boundaryOf(contentType);
  const form = parserOf(contentType);
  const source = readBody(body, { time });
  const found = Promise.withResolvers<{ name: string | undefined; type: string; content: Readable }>();
  const stopped = Promise.withResolvers<void>();
  let content: Readable | undefined;
  let fault: AppError | undefined;
  const fail = (error: AppError): void => {
    fault ??= error;
    found.reject(fault);
    content?.destroy(fault);
    stopped.resolve();
  };

  form.on(
    "file",
    (field: string, part: Readable, name: string | undefined, _encoding: string, type: string) => {
      part.on("error", () => {});
      if (field !== fieldName && !anyField) fail(invalidForm(String(field).slice(0, 64), "Unknown field"));
      else if (content) fail(invalidForm(fieldName, "Only one file at a time"));
      else found.resolve({ name: name?.replaceAll("%22", '"'), type, content: (content = part) });
    },
  );
  form.on("partsLimit", () => fail(invalidForm("", "Too many fields")));
  form.on("error", () => fail(notAForm()));
  // The parser may emit `finish` before the end of the file's stream is read.
  const finished = new Promise<void>((resolve) => form.on("finish", () => resolve()));

  const write = (chunk: Uint8Array): Promise<void> =>
    new Promise((resolve) => form.write(Buffer.from(chunk), () => resolve()));
  /**
   * Rejects a form whose closing line precedes its first field: in workerd the parser may then never call back for more than 16 KiB that
   * follow. Only the reader of a file may hold the parser back, and there is none yet.
   */
  const failIfStalled = async (written: Promise<void>): Promise<void> => {
    const isWritten = await Promise.race([written.then(() => true), scheduler.wait(0).then(() => false)]);
    if (!isWritten && !content) fail(notAForm());
  };
  let headersEnd: number | undefined;
  let partType: string | undefined;
  const pump = async (): Promise<void> => {
    for (let chunk = await source.read(); chunk; chunk = await source.read()) {
      if (headersEnd === undefined) {
        headersEnd = endOfHeaders(chunk);
        partType = typeInHeaders(chunk.subarray(0, headersEnd));
      }
      if (fault) continue;
      const written = write(chunk);
      if (!content) void failIfStalled(written);
      await Promise.race([written, stopped.promise]);
    }
    if (fault) throw fault;
    form.end();
    await Promise.race([finished, stopped.promise]);
    if (!content) fail(invalidForm(fieldName, "Missing"));
    if (fault) throw fault;
  };
  const pumped = pump();
  pumped.catch((error: unknown) => fail(error instanceof AppError ? error : truncatedBody()));

  const {
    name,
    type,
    content: part,
  } = await found.promise.catch(async (error: unknown) => {
    // Drains the body, as `ByteSource.drain` does.
    await pumped.catch(() => {});
    throw error;
  });
  const pieces = part[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
  // The file is followed by the closing line, with or without a line break after it.
  const maxBytes = Math.max(1, bodyBytes - (headersEnd ?? 0) - `\r\n--${boundary}--`.length);
  return {
    name,
    type: partType ?? type,
    maxBytes,
    expectedBytes: Math.max(1, maxBytes - 2),
    bytes: new ByteSource(
      async () => {
        const { value, done } = await pieces.next().catch((): never => {
          throw fault ?? notAForm();
        });
        if (!done) return value;
        await pumped;
        return undefined;
      },
      async () => {
        fail(notAForm());
        await pumped;
      },
    ),
  };
}

function boundaryOf(contentType: string): string {
  const boundary = parse(contentType).parameters["boundary"] ?? "";
  if (boundary === "" || boundary.length > maxBoundaryLength) throw notAForm();
  return boundary;
}

/** Returns the offset at which the headers of the first field end. They fit into the first chunk. */
function endOfHeaders(chunk: Uint8Array): number {
  const at = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).indexOf("\r\n\r\n");
  return at < 0 ? 0 : at + 4;
}

/** Returns the `Content-Type` of the first field with its parameters, which the form parser drops. */
function typeInHeaders(bytes: Uint8Array): string | undefined {
  const headers = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  const lines: string[] = headers.slice(0, maxHeaderBytes).split("\r\n");
  const line = lines.find((header) => header.slice(0, typeHeader.length).toLowerCase() === typeHeader);
  return line?.slice(typeHeader.length);
}

const typeHeader = "content-type:";

function parserOf(contentType: string): InstanceType<typeof Busboy> {
  try {
    return new Busboy({
      headers: { "content-type": contentType },
      limits: { parts: 2, headerPairs: 20, headerSize: maxHeaderBytes },
      // Makes the parser emit every field as a stream as soon as its headers are read, so that unknown fields are rejected by name.
      isPartAFile: () => true,
    });
  } catch {
    throw notAForm();
  }
}

const notAForm = (): AppError =>
  invalidField("", "Not a form", "The body is not a complete form of the type `multipart/form-data`");

const invalidForm = (path: string, message: string): AppError =>
  invalidField(path, message, `A form must have exactly one field, \`${fieldName}\``);
