import { reject } from "../../../errors/app-error.ts";
import type { SniffResult } from "./sniff.ts";

type Kind = "picture" | "media";

const kindNames: Record<Kind, string> = { picture: "a picture", media: "audio or video" };

/** Types that browsers display and never execute. All others are served as attachments. */
const inline = new Set([
  "image/png",
  "image/jpeg",
  "image/gif",
  "image/webp",
  "image/avif",
  "audio/aac",
  "audio/flac",
  "audio/mp4",
  "audio/mpeg",
  "audio/ogg",
  "audio/wav",
  "audio/webm",
  "video/mp4",
  "video/ogg",
  "video/quicktime",
  "video/webm",
]);

/** Whether files of this type may be served inline. */
export const isInline = (type: string): boolean => inline.has(type);

/** Whether files of this type are pictures, whose size has a limit. */
export const isImage = (type: string): boolean => type.startsWith("image/");

const octetStream = "application/octet-stream";

/** Programs and installers. Rejecting other types would protect no user, since they are served as attachments. */
const programs = new Set([
  "application/java-vm",
  "application/vnd.android.dex",
  "application/wasm",
  "application/x-deb",
  "application/x-elf",
  "application/x-google-chrome-extension",
  "application/x-llvm-bitcode",
  "application/x-lua-bytecode",
  "application/x-mach-binary",
  "application/x-ms-shortcut",
  "application/x-msdownload",
  "application/x-rpm",
  "application/x-shockwave-flash",
  "application/x-xar",
]);

/**
 * Decides the type under which a file is stored and served. The bytes decide; bytes that are not recognized are
 * `application/octet-stream`. The declared type has three effects:
 * - If it is a type that browsers display, and the bytes are certainly of another kind, the file is rejected. Unrecognized bytes and a
 *   picture of unknown size are accepted.
 * - Text is `text/plain`, or one of three declared types that no browser executes.
 * - A container for both audio and video is the one that was declared.
 *
 * @throws `unsupported_media_type` for a program, and if the bytes contradict the declared type
 */
export function decideType(found: SniffResult, declared = octetStream): string {
  if (found.is === "unknown") return octetStream;
  const type = found.is === "text" ? textType(found.charset, declared) : found.type;
  if (programs.has(type))
    reject("unsupported_media_type", "Programs are not accepted: put it into an archive");
  const declaredKind = isInline(declared) ? kindOf(declared) : undefined;
  if (declaredKind && kindOf(type) !== declaredKind)
    reject(
      "unsupported_media_type",
      `The bytes are not ${kindNames[declaredKind]}, although \`Content-Type\` says so`,
    );
  return isSameContainer(type, declared) ? declared : type;
}

/** Returns the type of a text. JSON must be UTF-8, since its media type has no `charset` parameter. */
function textType(charset: string | undefined, declared: string): string {
  const isKept =
    declared === "application/json"
      ? charset === "utf-8"
      : declared === "text/csv" || declared === "text/markdown";
  return isKept ? declared : "text/plain";
}

const containers = new Set(["mp4", "webm", "ogg", "matroska", "3gpp", "3gpp2"]);

const isSameContainer = (found: string, declared: string): boolean => {
  const [, foundFormat = ""] = found.split("/");
  const [kind, format] = declared.split("/");
  return (kind === "audio" || kind === "video") && format === foundFormat && containers.has(foundFormat);
};

const otherMedia = new Set([
  "application/ogg",
  "application/mxf",
  "application/vnd.ms-asf",
  "application/vnd.rn-realmedia",
]);

/** Returns whether a type is a picture, or audio or video; `undefined` for all others. */
export function kindOf(type: string): Kind | undefined {
  if (type.startsWith("image/")) return "picture";
  return type.startsWith("audio/") || type.startsWith("video/") || otherMedia.has(type) ? "media" : undefined;
}
