import { describe, expect, test } from "vitest";
import { type EventEnvelope, type Message, ParleyError, type Realtime } from "../../../src/client/index.ts";
import { FollowedThreads } from "../../../web/src/state/followed-threads.ts";

const reply = (seq: number, authorId: string): EventEnvelope =>
  ({
    type: "threadCreate",
    channelId: "chn_1",
    seq,
    at: "2026-11-25T10:00:00.000Z",
    data: { message: { id: `msg_${seq}`, seq, authorId, threadId: "msg_1" } as Message },
  }) as EventEnvelope;

/** A connection to a server whose user follows `msg_1`, or not. */
function connect({ isFollowed = true, lastReadSeq = 5 } = {}) {
  const sent: unknown[] = [];
  const server = { isFollowed, lastReadSeq };
  const realtime = {
    on: () => () => {},
    send: (channelId: string, type: string, data: { seq?: number; following?: boolean }) => {
      sent.push([channelId, type, data]);
      if (type === "threadFollow") {
        server.isFollowed = data.following === true;
        return Promise.resolve({ following: server.isFollowed });
      }
      if (!server.isFollowed)
        return Promise.reject(new ParleyError({ code: "conflict", detail: "You do not follow this thread" }));
      server.lastReadSeq = Math.max(server.lastReadSeq, data.seq ?? 0);
      return Promise.resolve({
        lastReadSeq: server.lastReadSeq,
        unread: Math.max(0, 8 - server.lastReadSeq),
      });
    },
  } as unknown as Realtime;
  return { threads: new FollowedThreads(realtime, "me"), sent };
}

describe("followed threads", () => {
  test("loading the state does not move the read position", async () => {
    const { threads } = connect();
    await threads.load("chn_1", "msg_1");
    expect(threads.of("msg_1").value).toEqual({ isFollowed: true, lastReadSeq: 5, unread: 3 });
  });

  test("a thread that is not followed is known as such", async () => {
    const { threads } = connect({ isFollowed: false });
    expect(threads.of("msg_1").value).toBeUndefined();
    await threads.load("chn_1", "msg_1");
    expect(threads.of("msg_1").value?.isFollowed).toBe(false);
  });

  test("other errors are thrown, and change nothing", async () => {
    const realtime = {
      on: () => () => {},
      send: () => Promise.reject(new ParleyError({ code: "unavailable", detail: "no response" })),
    } as unknown as Realtime;
    const threads = new FollowedThreads(realtime, "me");
    await expect(threads.load("chn_1", "msg_1")).rejects.toMatchObject({ code: "unavailable" });
    expect(threads.of("msg_1").value).toBeUndefined();
  });

  test("following and unfollowing are followed by the server's state", async () => {
    const { threads } = connect({ isFollowed: false });
    await threads.setFollowed("chn_1", "msg_1", true);
    expect(threads.of("msg_1").value?.isFollowed).toBe(true);
    await threads.setFollowed("chn_1", "msg_1", false);
    expect(threads.of("msg_1").value?.isFollowed).toBe(false);
  });

  test("replies of others count as unread, own replies do not", async () => {
    const { threads } = connect({ lastReadSeq: 8 });
    await threads.load("chn_1", "msg_1");
    threads.apply(reply(9, "ann"));
    threads.apply(reply(10, "me"));
    expect(threads.of("msg_1").value?.unread).toBe(1);
  });

  test("an own reply follows the thread", async () => {
    const { threads } = connect({ isFollowed: false });
    await threads.load("chn_1", "msg_1");
    threads.apply(reply(9, "me"));
    expect(threads.of("msg_1").value).toEqual({ isFollowed: true, lastReadSeq: 9, unread: 0 });
  });
});
