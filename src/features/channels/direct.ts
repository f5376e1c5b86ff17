import { createHash } from "node:crypto";
import type { Channel } from "../../protocol/index.ts";

/** Crockford's base 32, the alphabet of ULIDs. */
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const ulidLength = 26;

/** The member ids of the direct or group message of `userId` with `others`: sorted, without duplicates. */
export const directMemberIds = (userId: string, others: readonly string[]): string[] =>
  [...new Set([userId, ...others])].sort();

/**
 * Derives the id of a direct or group message from its members: `chn_` and the first 128 bits of their SHA-256 hash, as a ULID. The same
 * members always get the same id, which makes creation idempotent.
 *
 * @param memberIds as returned by `directMemberIds`
 */
export function directChannelId(memberIds: readonly string[]): string {
  const hash = createHash("sha256").update(memberIds.join("\n")).digest("hex").slice(0, 32);
  let rest = BigInt(`0x${hash}`);
  let ulid = "";
  for (let length = 0; length < ulidLength; length++) {
    ulid = (alphabet[Number(rest & 31n)] ?? "") + ulid;
    rest >>= 5n;
  }
  return `chn_${ulid}`;
}

/** Builds the direct or group message of these members. */
export function directChannel(
  memberIds: string[],
  createdBy: string,
): Omit<Channel, "createdAt" | "archivedAt"> {
  return {
    id: directChannelId(memberIds),
    name: null,
    // With a single member it is a channel for notes to oneself.
    type: memberIds.length <= 2 ? "direct" : "group",
    topic: "",
    description: "",
    createdBy,
    memberIds,
  };
}
