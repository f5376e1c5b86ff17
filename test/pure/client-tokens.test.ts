import { expect, test, vi } from "vitest";
import { ParleyError } from "../../src/client/error.ts";
import { TokenHolder } from "../../src/client/tokens.ts";
import type { Tokens } from "../../src/protocol/index.ts";

const tokens = (name: string, expiresIn = 900): Tokens => ({
  accessToken: `access-${name}`,
  refreshToken: `refresh-${name}`,
  tokenType: "Bearer",
  expiresIn,
});

test("many who were refused at once share one refresh, and the hook sees its tokens", async () => {
  const renew = vi.fn(async () => tokens("two"));
  const saved = vi.fn();
  const holder = new TokenHolder(tokens("one"), saved, renew);
  await Promise.all([1, 2, 3].map(() => holder.refresh("access-one")));
  expect(renew.mock.calls).toEqual([["refresh-one"]]);
  expect(saved.mock.calls).toEqual([[tokens("two")]]);
});

test("one who was refused with an older token finds the new one there already", async () => {
  const renew = vi.fn(async () => tokens("three"));
  const holder = new TokenHolder(tokens("two"), () => {}, renew);
  await holder.refresh("access-one");
  expect(renew).not.toHaveBeenCalled();
});

test("a refused refresh ends the session; a failed one does not", async () => {
  const saved = vi.fn();
  let failure = new ParleyError({ code: "unavailable", detail: "down" });
  const holder = new TokenHolder(tokens("one"), saved, () => Promise.reject(failure));
  await expect(holder.refresh("access-one")).rejects.toMatchObject({ code: "unavailable" });
  expect(holder.current).toEqual(tokens("one"));
  failure = new ParleyError({ code: "unauthenticated", detail: "ended" });
  await expect(holder.refresh("access-one")).rejects.toMatchObject({ code: "unauthenticated" });
  expect(holder.current).toBeNull();
  expect(saved.mock.calls).toEqual([[null]]);
});

test("a token about to end is renewed before a socket is opened with it", async () => {
  const holder = new TokenHolder(
    null,
    () => {},
    async () => tokens("two"),
  );
  await holder.set(tokens("one", 5));
  expect(await holder.fresh()).toBe("access-two");
  expect(await holder.fresh()).toBe("access-two");
});

test("tokens set while a refresh was under way are not overwritten by it", async () => {
  const { promise, resolve } = Promise.withResolvers<Tokens>();
  const holder = new TokenHolder(
    tokens("one"),
    () => {},
    () => promise,
  );
  const refreshed = holder.refresh("access-one");
  await holder.set(tokens("other-login"));
  resolve(tokens("two"));
  await refreshed;
  expect(holder.current).toEqual(tokens("other-login"));
});
