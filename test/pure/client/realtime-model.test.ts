import fc from "fast-check";
import { expect, test } from "vitest";
import { createClient } from "../../../src/client/index.ts";
import { channelIdOf, FakeGateway } from "./fake-gateway.ts";
import { recordChannel, waitForExpectation, tokens } from "./realtime-fixture.ts";

const channelIds = [1, 2, 3].map(channelIdOf);
const channel = fc.constantFrom(...channelIds);

const step = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant("send" as const), channelId: channel, byHandle: fc.boolean() }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("receive" as const), channelId: channel }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("own" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("cut" as const), mute: fc.boolean() }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("restart" as const), channelId: channel, lose: fc.boolean() }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("duplicate" as const) }) },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.integer({ min: 1, max: 8 }) }),
  },
);

test("[CL1][CL2] random faults: each event once, in order; each send stored once", { timeout: 60_000 }, () =>
  fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), async (steps) => {
      const server = new FakeGateway();
      server.replayEvents = 4;
      const client = createClient({ url: await server.listen(), tokens });
      const backoff = { minMs: 2, maxMs: 4 };
      const realtime = client.connect({ backoff, unreadsEveryMs: 0 });
      try {
        const handles = new Map(channelIds.map((id) => [id, recordChannel(realtime, id)]));
        const own: number[] = [];
        realtime.on("event", ({ seq }) => own.push(seq));
        await realtime.live();
        const answers: Promise<unknown>[] = [];
        for (const [index, action] of steps.entries()) {
          const content = `${index}`;
          if (action.do === "send") {
            const { channelId, byHandle } = action;
            const sender = byHandle ? handles.get(channelId)?.room : undefined;
            answers.push(
              sender?.send("messageCreate", { content }) ??
                realtime.send(channelId, "messageCreate", { content }),
            );
          } else if (action.do === "receive") server.append(action.channelId, content);
          else if (action.do === "own") server.appendUserEvent("readUpdate");
          else if (action.do === "duplicate") server.copies = 3 - server.copies;
          else if (action.do === "wait") await new Promise((resolve) => setTimeout(resolve, action.ms));
          else if (action.do === "cut") {
            // Some time without responses, then a full stop.
            server.sendsNoAcks = action.mute;
            await new Promise((resolve) => setTimeout(resolve, 3));
            server.terminateSockets();
            server.sendsNoAcks = false;
          } else {
            if (action.lose) server.lossyChannels.add(action.channelId);
            await new Promise((resolve) => setTimeout(resolve, 3));
            server.restart(action.channelId, 2);
            server.lossyChannels.delete(action.channelId);
          }
        }
        const acks = await Promise.all(answers);
        await realtime.live();
        for (const id of channelIds)
          await waitForExpectation(() => expect(handles.get(id)?.seen).toEqual(server.contents(id)));
        await waitForExpectation(() => expect(own).toEqual(server.userEvents.map((_, index) => index + 1)));
        const contents = steps.flatMap(({ do: what }, index) => (what === "send" ? [`${index}`] : []));
        const there = channelIds.flatMap((id) => server.contents(id));
        for (const content of contents) expect(there.filter((one) => one === content)).toHaveLength(1);
        expect(acks).toHaveLength(contents.length);
        expect(realtime.unanswered).toBe(0);
      } finally {
        realtime.close();
        await server.stop();
      }
    }),
    { numRuns: 60 },
  ),
);
