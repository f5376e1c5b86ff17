import { describe, expect, test } from "vitest";
import {
  type EventEnvelope,
  type Message,
  type ParleyClient,
  ParleyError,
} from "../../../src/client/index.ts";
import { MessageCache } from "../../../web/src/state/message-cache.ts";

const message = (rev: number, content: string): Message => ({ id: "msg_1", rev, content }) as Message;
const change = (changed: Message): EventEnvelope =>
  ({
    type: "messageUpdate",
    channelId: "chn_1",
    seq: changed.rev,
    data: { message: changed },
  }) as EventEnvelope;

/** A cache whose requests are answered by the test. */
function cacheOf() {
  const requests: { resolve: (message: Message) => void; reject: (error: unknown) => void }[] = [];
  const client = {
    call: () => new Promise((resolve, reject) => requests.push({ resolve, reject })),
  } as unknown as ParleyClient;
  return { cache: new MessageCache(client), requests };
}
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

describe("single messages", () => {
  test("are fetched once", async () => {
    const { cache, requests } = cacheOf();
    const first = cache.get("chn_1", "msg_1");
    expect(cache.get("chn_1", "msg_1")).toBe(first);
    requests[0]?.resolve(message(1, "hello"));
    await settled();
    expect(first.value?.content).toBe("hello");
    expect(requests).toHaveLength(1);
  });

  test("an edit replaces the text; an older event does not", async () => {
    const { cache, requests } = cacheOf();
    const shown = cache.get("chn_1", "msg_1");
    requests[0]?.resolve(message(2, "second"));
    await settled();
    cache.apply(change(message(1, "first")));
    expect(shown.value?.content).toBe("second");
    cache.apply(change(message(3, "third")));
    expect(shown.value?.content).toBe("third");
  });

  test("a deletion during the request is not undone by its response", async () => {
    const { cache, requests } = cacheOf();
    const shown = cache.get("chn_1", "msg_1");
    cache.apply(change(message(4, "")));
    requests[0]?.resolve(message(3, "a secret"));
    await settled();
    expect(shown.value?.content).toBe("");
  });

  test("a message that may not be read is null, and stays so", async () => {
    const { cache, requests } = cacheOf();
    const shown = cache.get("chn_1", "msg_1");
    requests[0]?.reject(new ParleyError({ code: "not_found", detail: "no such message" }));
    await settled();
    expect(shown.value).toBeNull();
    cache.get("chn_1", "msg_1");
    expect(requests).toHaveLength(1);
  });

  test("a temporary failure is repeated by the next use", async () => {
    const { cache, requests } = cacheOf();
    cache.get("chn_1", "msg_1");
    requests[0]?.reject(new ParleyError({ code: "unavailable", detail: "no response" }));
    await settled();
    cache.get("chn_1", "msg_1");
    expect(requests).toHaveLength(2);
  });
});
