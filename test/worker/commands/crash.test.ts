import { afterEach, expect, test, vi } from "vitest";
import { onFailpoint } from "../../../src/lib/failpoint.ts";
import * as api from "../../../src/protocol/index.ts";
import { callEndpoint, expectOk } from "../../support/worker/clients/endpoint-client.ts";
import { json, startCommandServer } from "../../support/worker/fakes/command-server.ts";
import { crashOnceAt } from "../../support/worker/fakes/crashes.ts";
import { createCommandScene, respond, tokenOf } from "../../support/worker/fixtures/slash-commands.ts";
import { evictHub, hubRows } from "../../support/worker/objects/hub-object.ts";
import { evictRoom } from "../../support/worker/objects/room-object.ts";

afterEach(() => {
  vi.useRealTimers();
  onFailpoint(undefined);
});

const points = [
  "command:after-begin",
  "command:after-delivery",
  "command:after-reserve",
  "command:after-post",
] as const;

test.each(points)(
  "[SC12] a run that crashes at %s is repeated with its nonce and shown once",
  async (point) => {
    const { url, requests } = startCommandServer(() => json({ visibility: "channel", content: "deployed" }));
    const { ann, channelId, run, request, messages } = await createCommandScene(url);
    crashOnceAt(point);
    const crashed = await callEndpoint(api.runSlashCommand, request({ nonce: "n" }));
    expect(crashed.status).toBe(500);
    await Promise.all([evictHub(ann.userId), evictRoom(channelId)]);
    const { message } = await run({ nonce: "n" });
    expect(await messages()).toEqual([message]);
    expect(new Set(requests.map(({ headers }) => headers.get("webhook-id"))).size).toBe(1);
    expect((await hubRows(ann.userId, "command_runs")).length).toBe(1);
    await run({ nonce: "n" });
    expect((await messages()).length).toBe(1);
  },
);

test.each(["command:after-reserve", "command:after-post"] as const)(
  "[SC12] an answer that crashes at %s is shown and counted once",
  async (point) => {
    const { url, requests } = startCommandServer();
    const { ann, run, messages } = await createCommandScene(url);
    await run();
    const { responseUrl } = requests[0]!.invocation;
    const params = { responseToken: tokenOf(responseUrl) };
    const body = { visibility: "channel", content: "deployed", nonce: "a" };
    crashOnceAt(point);
    expect((await callEndpoint(api.respondToSlashCommand, { params, body })).status).toBe(500);
    await evictHub(ann.userId);
    const answered = await expectOk(api.respondToSlashCommand, { params, body });
    expect(answered.usesLeft).toBe(4);
    expect((await messages()).map(({ id }) => id)).toEqual([answered.messageId]);
    const replaced = await respond(responseUrl, {
      ...body,
      content: "done",
      nonce: "b",
      replaceOriginal: true,
    });
    expect(replaced.messageId).toBe(answered.messageId);
  },
);
