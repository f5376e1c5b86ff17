import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { configOf } from "../../../src/config.ts";
import { getPreviewImage } from "../../../src/features/previews/get-image.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

test("[LP7] without a cache, an image that can't be fetched is fetched once", async () => {
  vi.spyOn(caches.default, "match").mockResolvedValue(undefined);
  const fetched = vi.fn<typeof fetch>(async () => new Response(null, { status: 404 }));
  vi.stubGlobal("fetch", fetched);
  const get = () =>
    getPreviewImage(configOf(env), "https://pictures.parley.dev/missing.png", {
      address: "192.0.2.1",
      keepAlive: () => {},
    });
  expect(await get()).toBeNull();
  expect(await get()).toBeNull();
  vi.useFakeTimers({ now: Date.now() + 60_000, toFake: ["Date"] });
  expect(await get()).toBeNull();
  expect(fetched).toHaveBeenCalledTimes(1);
  vi.setSystemTime(Date.now() + 600_000);
  expect(await get()).toBeNull();
  expect(fetched).toHaveBeenCalledTimes(2);
});
