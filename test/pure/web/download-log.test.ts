import { describe, expect, test } from "vitest";
import { createClient } from "../../../src/client/index.ts";
import { downloadAuditLog } from "../../../web/src/admin/audit/download-log.ts";

const line = (cursor: string): string => `${JSON.stringify({ id: cursor, cursor })}\n`;

/** A response that sends these parts, and then ends or breaks. */
const streamOf = (parts: readonly string[], isBroken = false): Response => {
  const encoder = new TextEncoder();
  let at = 0;
  return new Response(
    new ReadableStream({
      pull(controller) {
        const part = parts[at++];
        if (part !== undefined) controller.enqueue(encoder.encode(part));
        else if (isBroken) controller.error(new TypeError("network error"));
        else controller.close();
      },
    }),
  );
};

/** A client of a server that gives these responses in turn, and the requests that the server received. */
function createScriptedClient(...responses: Response[]) {
  const requests: { url: URL; accept: string | null }[] = [];
  const client = createClient({
    url: "http://server.test",
    token: "pat_1",
    fetch: async (input, init) => {
      requests.push({
        url: new URL(input as string),
        accept: new Headers(init?.headers).get("accept"),
      });
      const response = responses.shift();
      if (!response) throw new TypeError("fetch failed");
      return response;
    },
  });
  return { client, requests };
}

const signal = new AbortController().signal;

describe("downloading the audit log", () => {
  test("requests JSON lines of the filter, and reports its progress", async () => {
    const { client, requests } = createScriptedClient(streamOf([line("a"), line("b") + line("c")]));
    const progress: number[] = [];
    const blob = await downloadAuditLog(
      client,
      { action: "channel.archive" },
      { signal, onProgress: (count) => progress.push(count) },
    );
    expect(await blob.text()).toBe(line("a") + line("b") + line("c"));
    expect(progress).toEqual([1, 3]);
    expect(requests[0]?.accept).toBe("application/jsonl");
    expect(requests[0]?.url.search).toBe("?action=channel.archive");
  });

  test("continues after the last complete line of a broken stream", async () => {
    const { client, requests } = createScriptedClient(
      streamOf([line("a"), `${line("b")}{"id":"c"`], true),
      streamOf([line("c")]),
    );
    const blob = await downloadAuditLog(client, {}, { signal, onProgress: () => {} });
    expect(await blob.text()).toBe(line("a") + line("b") + line("c"));
    expect(requests.map(({ url }) => url.searchParams.get("cursor"))).toEqual([null, "b"]);
  });

  test("fails when the stream breaks again and again without a new line", async () => {
    const broken = Array.from({ length: 6 }, () => streamOf(['{"id"'], true));
    const { client, requests } = createScriptedClient(...broken);
    const download = downloadAuditLog(client, {}, { signal, onProgress: () => {} });
    await expect(download).rejects.toMatchObject({ code: "unavailable" });
    expect(requests).toHaveLength(4);
  });

  test("ends when it is cancelled", async () => {
    const controller = new AbortController();
    const { client } = createScriptedClient(streamOf([line("a"), line("b")], true));
    const download = downloadAuditLog(
      client,
      {},
      { signal: controller.signal, onProgress: () => controller.abort() },
    );
    await expect(download).rejects.toMatchObject({ name: "AbortError" });
  });
});
