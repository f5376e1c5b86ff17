import { afterEach, expect, test, vi } from "vitest";
import { ParleyError } from "../../../src/client/error.ts";
import { browserTokenStore, memoryTokenStore, type TokenStore } from "../../../src/client/token-store.ts";
import { TokenHolder } from "../../../src/client/tokens.ts";
import type { Tokens } from "../../../src/client/index.ts";

const tokens = (name: string, expiresIn = 900): Tokens => ({
  accessToken: `access-${name}`,
  refreshToken: `refresh-${name}`,
  tokenType: "Bearer",
  expiresIn,
});
const withExpiry = (name: string) => ({ ...tokens(name), expiresAt: expect.any(Number) });
const ended = () => new ParleyError({ code: "unauthenticated", detail: "ended" });

afterEach(() => {
  vi.unstubAllGlobals();
});

test("[CL7] many calls rejected at once share one refresh, stored once", async () => {
  const renew = vi.fn(async () => tokens("two"));
  const store = memoryTokenStore(tokens("one"));
  const holder = new TokenHolder(store, renew);
  const renewed = await Promise.all([1, 2, 3].map(() => holder.refresh("access-one")));
  expect(renewed).toEqual(["access-two", "access-two", "access-two"]);
  expect(renew.mock.calls).toEqual([["refresh-one"]]);
  expect(store.get()).toEqual(withExpiry("two"));
});

test("[CL7] a call rejected with an older token uses the store's newer one", async () => {
  const renew = vi.fn(async () => tokens("three"));
  const holder = new TokenHolder(memoryTokenStore(tokens("two")), renew);
  expect(await holder.refresh("access-one")).toBe("access-two");
  expect(renew).not.toHaveBeenCalled();
});

test("[CL7] two clients of one store refresh once and share the tokens", async () => {
  const store = memoryTokenStore(tokens("one"));
  const renew = vi.fn(async () => tokens("two"));
  const [tab, otherTab] = [new TokenHolder(store, renew), new TokenHolder(store, renew)];
  expect(await Promise.all([tab.refresh("access-one"), otherTab.refresh("access-one")])).toEqual([
    "access-two",
    "access-two",
  ]);
  expect(renew).toHaveBeenCalledTimes(1);
  await tab.set(tokens("three"));
  expect(await otherTab.fresh()).toBe("access-three");
  await otherTab.set(null);
  expect(await tab.fresh()).toBeNull();
});

test("[CL7] without a lock another client's refreshed tokens keep the session", async () => {
  const { exclusive: _, ...store } = memoryTokenStore(tokens("one"));
  const holder = new TokenHolder(store, async () => {
    await store.set(tokens("two"));
    throw ended();
  });
  expect(await holder.refresh("access-one")).toBe("access-two");
  expect(await store.get()).toEqual(tokens("two"));
});

test("[CL7] a store may be asynchronous", async () => {
  let kept: Tokens | null = tokens("one", 5);
  const store: TokenStore = {
    get: async () => kept,
    set: async (changed) => void (kept = changed),
    subscribe: () => () => {},
  };
  const holder = new TokenHolder(store, async () => tokens("two"));
  expect(await holder.fresh()).toBe("access-one");
  expect(holder.current).toEqual(tokens("one", 5));
  expect(await holder.refresh("access-one")).toBe("access-two");
  expect(kept).toEqual(withExpiry("two"));
});

test("[CL3] a rejected refresh ends the session; a failed one does not", async () => {
  let failure = new ParleyError({ code: "unavailable", detail: "down" });
  const store = memoryTokenStore(tokens("one"));
  const holder = new TokenHolder(store, () => Promise.reject(failure));
  await expect(holder.refresh("access-one")).rejects.toMatchObject({ code: "unavailable" });
  expect(holder.current).toEqual(tokens("one"));
  failure = ended();
  await expect(holder.refresh("access-one")).rejects.toMatchObject({ code: "unauthenticated" });
  expect([holder.current, store.get()]).toEqual([null, null]);
});

test("[CL3] a token about to expire is refreshed first, also from a store", async () => {
  const store = memoryTokenStore();
  await new TokenHolder(store, async () => tokens("two")).set(tokens("one", 5));
  const later = new TokenHolder(store, async () => tokens("two"));
  expect(await later.fresh()).toBe("access-two");
  expect(await later.fresh()).toBe("access-two");
});

test("[CL7] a refresh in flight overwrites neither newer tokens nor a logout", async () => {
  for (const meanwhile of [tokens("other-login"), null]) {
    const { promise, resolve } = Promise.withResolvers<Tokens>();
    const holder = new TokenHolder(memoryTokenStore(tokens("one")), () => promise);
    const refreshed = holder.refresh("access-one").catch((error: ParleyError) => error.code);
    await holder.set(meanwhile);
    resolve(tokens("two"));
    expect(await refreshed).toBe(meanwhile?.accessToken ?? "unauthenticated");
    expect(holder.current?.accessToken).toBe(meanwhile?.accessToken);
  }
});

test("[CL7] browsers store tokens in localStorage, with events and locks", async () => {
  const page = new EventTarget();
  const kept = new Map<string, string>();
  const localStorage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
    removeItem: (key: string) => kept.delete(key),
  };
  const request = vi.fn((_: string, work: () => Promise<unknown>) => work());
  vi.stubGlobal("localStorage", localStorage);
  vi.stubGlobal("navigator", { locks: { request } });
  vi.stubGlobal("addEventListener", page.addEventListener.bind(page));
  vi.stubGlobal("removeEventListener", page.removeEventListener.bind(page));

  const store = browserTokenStore("session");
  const received: unknown[] = [];
  const stop = store.subscribe((changed) => received.push(changed));
  await store.set(tokens("one"));
  expect(store.get()).toEqual(tokens("one"));
  const change = (key: string | null, newValue: string | null, storageArea: unknown = localStorage) =>
    page.dispatchEvent(Object.assign(new Event("storage"), { key, newValue, storageArea }));
  change("session", JSON.stringify(tokens("two")));
  change("other", "{}");
  change("session", "{}", {});
  change(null, null);
  expect(received).toEqual([tokens("one"), tokens("two"), null]);
  stop();
  change("session", null);
  expect(received).toHaveLength(3);
  kept.set("session", "no JSON");
  expect(store.get()).toBeNull();
  expect(await store.exclusive?.(async () => 7)).toBe(7);
  expect(request.mock.calls[0]?.[0]).toBe("session.renewal");
  vi.stubGlobal("navigator", {});
  expect(browserTokenStore().exclusive).toBeUndefined();
});
