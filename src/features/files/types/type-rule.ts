import { refuse } from "../../../core/app-error.ts";

/** What the first bytes of a file say. `unknown`: nothing that is known here. */
export type Found = { is: "text" } | { is: "unknown" } | { is: "type"; type: string };

type Kind = "picture" | "media" | "font" | "pdf" | "archive";

const called: Record<Kind, string> = {
  picture: "a picture",
  media: "sound or film",
  font: "a font",
  pdf: "a PDF",
  archive: "an archive",
};

/**
 * The type under which a file is kept and served. The bytes decide. What its sender claims can do three things:
 * - Bytes of every picture, sound, film, font, PDF and archive begin with a mark. Who claims one of these, and the mark is missing or
 *   that of another kind, is refused with `unsupported_media_type`; within a kind, the bytes correct the claim.
 * - Text bears no mark: it is kept as `text/plain`, or as one of three claimed types that no browser runs.
 * - A container of sound and film alike is the one of both that was claimed.
 *
 * Every other claim counts for nothing, no claim and `application/octet-stream` among them.
 */
export function decideType(found: Found, claimed = "application/octet-stream"): string {
  const claimedKind = kindOf(claimed);
  if (found.is === "text") {
    if (claimedKind && !mayBeText.has(claimed)) return lie(claimedKind);
    return keptTextTypes.has(claimed) ? claimed : "text/plain";
  }
  if (found.is === "unknown") return claimedKind ? lie(claimedKind) : "application/octet-stream";
  if (claimedKind && kindOf(found.type) !== claimedKind) return lie(claimedKind);
  return isOtherHalf(found.type, claimed) ? claimed : found.type;
}

const lie = (kind: Kind): never =>
  refuse("unsupported_media_type", `The bytes are not ${called[kind]}, as \`Content-Type\` says`);

const keptTextTypes = new Set(["text/csv", "text/markdown", "application/json"]);

/** Names of media that are text after all, or that systems give to text: `.ts` is TypeScript more often than film. */
const mayBeText = new Set([
  "audio/mpegurl",
  "audio/x-mpegurl",
  "audio/x-scpls",
  "image/x-xbitmap",
  "image/x-xpixmap",
  "video/mp2t",
  "video/vnd.dlna.mpeg-tts",
]);

const containers = new Set(["mp4", "webm", "ogg", "matroska", "3gpp", "3gpp2"]);

const isOtherHalf = (found: string, claimed: string): boolean => {
  const [, foundFormat = ""] = found.split("/");
  const [kind, format] = claimed.split("/");
  return (kind === "audio" || kind === "video") && format === foundFormat && containers.has(foundFormat);
};

const archives =
  /^application\/(zip|gzip|zstd|epub\+zip|rar|tar|(vnd|x)[.-]rar|x-(zip|zip-compressed|gzip|tar|gtar|bzip|bzip2|xz|7z-compressed|rar-compressed)|vnd\.(openxmlformats-officedocument|oasis\.opendocument|apple)\..*)$/;

/** The kind of a type whose bytes bear a mark; undefined for all others. */
function kindOf(type: string): Kind | undefined {
  const [top = ""] = type.split("/");
  if (type === "image/svg+xml") return undefined;
  if (top === "image") return "picture";
  if (top === "audio" || top === "video" || type === "application/ogg") return "media";
  if (top === "font" || /^application\/((x-)?font-|vnd\.ms-fontobject$)/.test(type)) return "font";
  if (type === "application/pdf" || type === "application/x-pdf") return "pdf";
  return archives.test(type) ? "archive" : undefined;
}
