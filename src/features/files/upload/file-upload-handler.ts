import { parse } from "content-disposition";
import { createMiddleware } from "hono/factory";
import type { Config } from "../../../config.ts";
import { type AppError, invalidField, reject } from "../../../errors/app-error.ts";
import { requireUnencodedBody } from "../../../http/validate.ts";
import { readBody, uploadTimeouts } from "./byte-source.ts";
import { parseCharset, type DeclaredType } from "../types/text-encoding.ts";
import { readForm } from "./multipart-form.ts";
import type { UploadEnv } from "./incoming-file.ts";

/**
 * Middleware that finds the file in the request: the body itself, or the field `file` of a form. It does not read the file yet.
 *
 * @throws `length_required` without `Content-Length`; `validation_failed` for an empty body; `payload_too_large`
 */
export const fileUploadHandler = createMiddleware<UploadEnv>(async (c, next) => {
  const { raw: request } = c.req;
  requireUnencodedBody(request);
  const bodyBytes = contentLength(request);
  if (bodyBytes === 0 || !request.body) throw emptyFile();
  rejectTooLarge(c.var.config, bodyBytes);
  const contentType = request.headers.get("Content-Type") ?? "";
  const inForm = parseDeclaredType(contentType).type === "multipart/form-data";
  const time = uploadTimeouts(c.var.config);
  const file = inForm
    ? await readForm(request.body, { contentType, bodyBytes, time })
    : {
        bytes: readBody(request.body, { time }),
        name: undefined,
        type: contentType,
        maxBytes: bodyBytes,
        expectedBytes: bodyBytes,
      };
  c.set("incoming", {
    bytes: file.bytes,
    maxBytes: file.maxBytes,
    expectedBytes: file.expectedBytes,
    inForm,
    name: file.name,
    declaredType: parseDeclaredType(file.type),
    sha256: undefined,
    typed: undefined,
  });
  try {
    await next();
  } finally {
    // So that a client that is still sending receives the response instead of a connection reset.
    await file.bytes.drain();
  }
});

/**
 * Returns the size of a file that is the whole body of a request.
 *
 * @returns undefined for a form, whose file is smaller than the body, and for a request that `fileUploadHandler` rejects
 */
export function sizeOfBodyFile(request: Request, config: Config): number | undefined {
  const length = request.headers.get("Content-Length") ?? "";
  const sizeBytes = lengthPattern.test(length) ? Number(length) : 0;
  const { type } = parseDeclaredType(request.headers.get("Content-Type") ?? "");
  const { FILE_BODY_MAX_BYTES, FILE_MAX_BYTES } = config;
  const isAccepted = sizeBytes > 0 && sizeBytes <= Math.min(FILE_BODY_MAX_BYTES, FILE_MAX_BYTES);
  return isAccepted && type !== "multipart/form-data" ? sizeBytes : undefined;
}

const lengthPattern = /^\d{1,15}$/;

/** Returns the `Content-Length` of a request. @throws `length_required` if it is absent or not a number */
export function contentLength(request: Request): number {
  const length = request.headers.get("Content-Length");
  if (length === null || !lengthPattern.test(length))
    return reject("length_required", "Send `Content-Length`");
  return Number(length);
}

function rejectTooLarge({ FILE_BODY_MAX_BYTES, FILE_MAX_BYTES }: Config, sizeBytes: number): void {
  if (sizeBytes > FILE_MAX_BYTES) reject("payload_too_large", `A file has at most ${FILE_MAX_BYTES} bytes`);
  if (sizeBytes > FILE_BODY_MAX_BYTES)
    reject(
      "payload_too_large",
      `One request can carry at most ${FILE_BODY_MAX_BYTES} bytes: send larger files in parts, by POST /v1/files/uploads`,
    );
}

/** Makes the error for an upload without bytes. */
export const emptyFile = (): AppError => invalidField("", "Empty", "A file has at least one byte");

const mediaTypePattern = /^[\w!#$&^.+-]{1,63}\/[\w!#$&^.+-]{1,63}$/;
const maxTypeLength = 512;

/** Parses a `Content-Type` header leniently: a malformed media type or an unknown charset is left out. */
export function parseDeclaredType(header: string): DeclaredType {
  if (header.length > maxTypeLength) return {};
  const { type, parameters } = parse(header);
  return {
    type: mediaTypePattern.test(type) ? type : undefined,
    charset: parseCharset(parameters["charset"]),
  };
}
