import { createHash } from "node:crypto";
import type { Channel } from "../../protocol/index.ts";

/** Crockford's base 32, which ULIDs are written in. */
const alphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const ulidLength = 26;

/** Everybody in the direct or group message that `userId` has with `others`: sorted, each once. */
export const directMemberIds = (userId: string, others: readonly string[]): string[] =>
  [...new Set([userId, ...others])].sort();

/**
 * The id of the one channel that these people have: `chn_` and the first 128 bits of SHA-256 over them, as a ULID. The same
 * people always get the same id, so that making it twice is making it once. `memberIds`: as `peopleOf` gives them.
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

/** The channel of these people, to be made by one of them. */
export function directChannel(
  memberIds: string[],
  createdBy: string,
): Omit<Channel, "createdAt" | "archivedAt"> {
  return {
    id: directChannelId(memberIds),
    name: null,
    // With nobody else in it: a note to oneself.
    type: memberIds.length <= 2 ? "direct" : "group",
    topic: "",
    description: "",
    createdBy,
    memberIds,
  };
}
