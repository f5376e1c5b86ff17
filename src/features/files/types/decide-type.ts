import { reject } from "../../../errors/app-error.ts";
import type { SniffResult } from "./sniff.ts";

type Kind = "picture" | "media";

const kindNames: Record<Kind, string> = { picture: "a picture", media: "sound or film" };

/** What browsers show and do not run. Everything else is an attachment, whatever it is. */
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

/** Programs, and installers of them. Nobody is protected by rejecting anything else, which is an attachment. */
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
 * The type under which a file is kept and served. The bytes decide; what they do not tell is `application/octet-stream`. A claim does three
 * things:
 * - Who claims a type that browsers show, and the bytes are those of another kind for certain, is rejected (`unsupported_media_type`). Bytes
 *   that are not known, or a picture that can't be measured, are no lie.
 * - Text is `text/plain`, or one of three claimed types that no browser runs.
 * - A container of sound and film alike is the one of both that was claimed.
 */
export function decideType(found: SniffResult, claimed = octetStream): string {
  if (found.is === "unknown") return octetStream;
  const type = found.is === "text" ? textType(found.charset, claimed) : found.type;
  if (programs.has(type))
    reject("unsupported_media_type", "Programs are not accepted: send it in an archive");
  const claimedKind = isInline(claimed) ? kindOf(claimed) : undefined;
  if (claimedKind && kindOf(type) !== claimedKind)
    reject("unsupported_media_type", `The bytes are not ${kindNames[claimedKind]}, as \`Content-Type\` says`);
  return isSameContainer(type, claimed) ? claimed : type;
}

/** JSON is UTF-8, and has no parameter that would say otherwise. */
function textType(charset: string | undefined, claimed: string): string {
  const isKept =
    claimed === "application/json"
      ? charset === "utf-8"
      : claimed === "text/csv" || claimed === "text/markdown";
  return isKept ? claimed : "text/plain";
}

const containers = new Set(["mp4", "webm", "ogg", "matroska", "3gpp", "3gpp2"]);

const isSameContainer = (found: string, claimed: string): boolean => {
  const [, foundFormat = ""] = found.split("/");
  const [kind, format] = claimed.split("/");
  return (kind === "audio" || kind === "video") && format === foundFormat && containers.has(foundFormat);
};

const otherMedia = new Set([
  "application/ogg",
  "application/mxf",
  "application/vnd.ms-asf",
  "application/vnd.rn-realmedia",
]);

/** Whether a type is a picture, or sound or film; undefined for all others. */
export function kindOf(type: string): Kind | undefined {
  if (type.startsWith("image/")) return "picture";
  return type.startsWith("audio/") || type.startsWith("video/") || otherMedia.has(type) ? "media" : undefined;
}
