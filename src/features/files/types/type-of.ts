import type { Config } from "../../../config.ts";
import { refuse } from "../../../core/app-error.ts";
import { type PictureSize, pictureSize } from "./picture.ts";
import { sniff } from "./sniff.ts";
import { decideType, type Found } from "./type-rule.ts";

type Rules = Pick<Config, "FILE_TYPES" | "FILE_MAX_PIXELS">;

/**
 * The type of a file by its first bytes, and of a picture its size. Refuses `unsupported_media_type`: the claim is a lie, or such
 * files are not taken; `payload_too_large`: a picture of too many pixels.
 */
export async function typeOf(
  { head, whole }: { head: Uint8Array; whole: boolean },
  claimed: string | undefined,
  { FILE_TYPES, FILE_MAX_PIXELS }: Rules,
): Promise<{ type: string; size: PictureSize | undefined }> {
  const { found, size } = measured(head, await sniff(head, whole));
  const type = decideType(found, claimed);
  if (!isTaken(type, FILE_TYPES)) refuse("unsupported_media_type", `Files of the type ${type} are not taken`);
  if (size && size.width * size.height > FILE_MAX_PIXELS)
    refuse("payload_too_large", `A picture has at most ${FILE_MAX_PIXELS} pixels`);
  return { type, size };
}

/** A picture whose header does not give its size is none. */
function measured(head: Uint8Array, found: Found): { found: Found; size: PictureSize | undefined } {
  if (found.is !== "type" || !found.type.startsWith("image/")) return { found, size: undefined };
  const size = pictureSize(head, found.type);
  return size ? { found, size } : { found: { is: "unknown" }, size };
}

const isTaken = (type: string, patterns: readonly string[]): boolean =>
  patterns.some((pattern) =>
    pattern.endsWith("*") ? type.startsWith(pattern.slice(0, -1)) : type === pattern,
  );
