import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { recordProof } from "../../support/proofs.ts";
import { createTicketFor, upgradeWithTicket } from "../../support/worker/clients/gateway-client.ts";
import { createUser } from "../../support/worker/fixtures/accounts.ts";

const isFull = env["SECURITY_SCALE"] === "full";
const parallel = 50;
const rounds = isFull ? 100 : 5;

/** Prepares one secret, and returns a function that tries to use it and returns whether it succeeded. */
type Preparation = () => Promise<() => Promise<boolean>>;

const secrets: Record<string, Preparation> = {
  ticket: async () => {
    const ticket = await createTicketFor(await createUser("ticket"));
    return async () => {
      const { webSocket, body } = await upgradeWithTicket("/v1/realtime", ticket);
      webSocket?.accept();
      webSocket?.close(1000);
      await body?.cancel();
      return webSocket !== null;
    };
  },
};

for (const [name, prepare] of Object.entries(secrets))
  test(
    `[TK1] of 50 parallel uses of one ${name} exactly one succeeds`,
    { timeout: 900_000 },
    async (context) => {
      const wrong: string[] = [];
      for (let round = 0; round < rounds; round++) {
        const use = await prepare();
        const outcomes = await Promise.all(Array.from({ length: parallel }, () => use()));
        const winners = outcomes.filter(Boolean).length;
        if (winners !== 1) wrong.push(`round ${round}: ${winners} succeeded`);
      }
      recordProof(context, {
        title: `Parallel uses of one ${name}`,
        tried: rounds * parallel,
        failed: wrong.length,
        note: `${rounds} × ${parallel}, one winner each`,
      });
      expect(wrong).toEqual([]);
    },
  );
