import { expect, test } from "vitest";
import { SharedWork } from "../../../src/features/previews/shared-work.ts";

const limits = { concurrency: 4, concurrencyPerOwner: 2, timeoutMs: 1_000 };
const keepAlive = (): void => {};

test("[LP7] slow pages of one user leave room for those of others", async () => {
  const work = new SharedWork<string>(limits);
  const { promise, resolve } = Promise.withResolvers<string>();
  const slow = { owner: "ann", start: () => promise, keepAlive };
  const running = [work.run("a", slow), work.run("b", slow)];
  await expect(work.run("c", slow)).rejects.toMatchObject({ code: "unavailable" });
  const quick = { start: async () => "quick", keepAlive };
  expect(await work.run("d", { owner: "bob", ...quick })).toBe("quick");
  expect(await work.run("e", { owner: undefined, ...quick })).toBe("quick");
  resolve("slow");
  expect(await Promise.all(running)).toEqual(["slow", "slow"]);
  expect(await work.run("f", { owner: "ann", ...quick })).toBe("quick");
});

test("[LP7] the work of all owners is limited", async () => {
  const work = new SharedWork<string>(limits);
  const endless = { start: () => new Promise<string>(() => {}), keepAlive };
  for (const owner of ["ann", "bob", "cid", undefined]) void work.run(`of ${owner}`, { owner, ...endless });
  await Promise.resolve();
  await expect(work.run("more", { owner: "dan", ...endless })).rejects.toMatchObject({ code: "unavailable" });
});
