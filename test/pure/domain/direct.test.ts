import { expect, test } from "vitest";
import { newId } from "../../../src/lib/ids.ts";
import { directChannel, directChannelId, directMemberIds } from "../../../src/features/channels/direct.ts";
import { ChannelId } from "../../../src/protocol/index.ts";

const [ann, bob, cid] = [
  "usr_01KAMF6Z5XJ4Q0V8T9W2B3C4D5",
  "usr_01KAMF6Z5XJ4Q0V8T9W2B3C4D6",
  "usr_01KAMF6Z5XJ4Q0V8T9W2B3C4D7",
] as const;

test("[CH2] a direct message's id never changes: it addresses its log", () => {
  expect(directChannelId([ann, bob])).toBe("chn_6D6ZMRNH1M9NMR8WER6MZHEM1K");
  expect(directChannelId([ann, bob, cid])).toBe("chn_2TT7CA0X8QH6E143BS7JFAJSDX");
});

test("[CH2] order, repetition and requester do not change the set of members", () => {
  const all = directMemberIds(ann, [bob, cid]);
  expect(all).toEqual([ann, bob, cid]);
  expect(directMemberIds(cid, [bob, ann, bob, cid])).toEqual(all);
  expect(directMemberIds(bob, [cid, ann])).toEqual(all);
  expect(directMemberIds(ann, [ann])).toEqual([ann]);
});

test("[CH2] each set of users has its own id, in the form of a ULID", () => {
  const users = Array.from({ length: 60 }, () => newId("usr"));
  const ids = users.flatMap((one, at) =>
    users
      .slice(at + 1)
      .flatMap((other) => [
        directChannelId(directMemberIds(one, [other])),
        directChannelId(directMemberIds(one, [other, ann])),
      ]),
  );
  for (const id of ids) expect(ChannelId.safeParse(id).success, id).toBe(true);
  expect(new Set(ids).size).toBe(ids.length);
  // All first characters that 128 bits can give.
  expect(new Set(ids.map((id) => id[4])).size).toBe(8);
});

test("[CH2] two users are a direct message, more a group; neither has a name", () => {
  expect(directChannel([ann, bob], bob)).toMatchObject({
    type: "direct",
    name: null,
    createdBy: bob,
    memberIds: [ann, bob],
  });
  expect(directChannel([ann, bob, cid], ann).type).toBe("group");
});
