import { createMiddleware } from "hono/factory";
import type { z } from "zod";
import { type AppError, invalidField } from "../../../errors/app-error.ts";
import { FileName, type uploadFile } from "../../../protocol/index.ts";
import type { UploadEnv } from "./incoming-file.ts";

type Query = {
  in: { query: z.input<typeof uploadFile.query> };
  out: { query: z.output<typeof uploadFile.query> };
};

/** Middleware that determines the name of the file and the hash that it must have. @throws `validation_failed` if one is invalid */
export const fileValidation = createMiddleware<UploadEnv, string, Query>(async (c, next) => {
  const { name, sha256 } = c.req.valid("query");
  const incoming = c.get("incoming");
  // The digest of a form covers the whole form, not the file in it.
  const digest = incoming.inForm ? undefined : contentDigest(c.req.header("Content-Digest"));
  if (sha256 !== undefined && digest !== undefined && sha256 !== digest)
    throw invalidDescription("sha256", "Differs from the hash in `Content-Digest`");
  c.set("incoming", {
    ...incoming,
    name: name ?? nameInForm(incoming.name),
    sha256: sha256 ?? digest,
  });
  await next();
});

/**
 * Validates the name that a form gives to the file. Some browsers put a path in front of it, which is removed. The form parser replaces
 * bytes that are not UTF-8 by U+FFFD, so such a name is rejected; a name that really contains U+FFFD can be sent as `?name=`.
 */
function nameInForm(name: string | undefined): string {
  if (name?.includes("\uFFFD")) throw invalidDescription("name", "Not readable as UTF-8");
  const result = FileName.safeParse(name?.slice(Math.max(name.lastIndexOf("/"), name.lastIndexOf("\\")) + 1));
  if (result.success) return result.data;
  throw invalidDescription(
    "name",
    name ? (result.error.issues[0]?.message ?? "Not a valid name") : "Name the file",
  );
}

const digestMaxLength = 1_024;
const sha256Digest = /^:([A-Za-z0-9+/]{43}=):$/;

/**
 * Reads the SHA-256 of a `Content-Digest` header (RFC 9530), in hexadecimal. Other algorithms are ignored.
 *
 * @throws `validation_failed` for a malformed `sha-256` value, and for a header above 1,024 characters
 */
export function contentDigest(header: string | undefined): string | undefined {
  if (header === undefined) return undefined;
  if (header.length > digestMaxLength)
    throw invalidDescription("Content-Digest", `Has at most ${digestMaxLength} characters`);
  for (const member of header.split(",")) {
    const equals = member.indexOf("=");
    if (equals < 0 || member.slice(0, equals).trim() !== "sha-256") continue;
    const [value = ""] = member.slice(equals + 1).split(";");
    const [, base64] = sha256Digest.exec(value.trim()) ?? [];
    if (base64 === undefined)
      throw invalidDescription("Content-Digest", "Must be `sha-256=:…:`, the hash in Base64");
    return Buffer.from(base64, "base64").toString("hex");
  }
  return undefined;
}

const invalidDescription = (path: string, message: string): AppError =>
  invalidField(path, message, "The description of the file is invalid; `issues` names the field");

/** Makes the error for bytes whose hash differs from the declared one. */
export const hashMismatch = (): AppError => invalidDescription("sha256", "The bytes have another hash");
