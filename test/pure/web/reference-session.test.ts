import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { createSessionAccess } from "../../../web/src/reference/session.ts";

const tokens = (accessToken: string, expiresIn = 900): Response =>
  Response.json({ tokens: { accessToken, refreshToken: "", tokenType: "Bearer", expiresIn } });

describe("the session of the browser", () => {
  const request = vi.fn<typeof fetch>();
  const held: string[] = [];

  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal("fetch", request);
    let last: Promise<unknown> = Promise.resolve();
    const locks = {
      request(name: string, run: () => Promise<unknown>) {
        held.push(name);
        last = last.then(run, run);
        return last;
      },
    };
    vi.stubGlobal("navigator", { locks });
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.unstubAllGlobals();
    request.mockReset();
    held.length = 0;
  });

  test("a token is requested by the cookie, under the lock of the origin", async () => {
    request.mockResolvedValueOnce(tokens("one"));
    expect(await createSessionAccess().getAccessToken()).toBe("one");
    expect(held).toEqual(["parley.session"]);
    const [url, init] = request.mock.calls[0]!;
    expect(url).toBe("/v1/auth/refresh");
    expect(init).toMatchObject({ method: "POST", body: "{}", headers: { "Parley-Session": "cookie" } });
  });

  test("it is kept until shortly before it expires", async () => {
    request.mockResolvedValueOnce(tokens("one", 900)).mockResolvedValueOnce(tokens("two"));
    const session = createSessionAccess();
    expect(await session.getAccessToken()).toBe("one");
    vi.advanceTimersByTime(869_000);
    expect(await session.getAccessToken()).toBe("one");
    vi.advanceTimersByTime(2_000);
    expect(await session.getAccessToken()).toBe("two");
    expect(request).toHaveBeenCalledTimes(2);
  });

  test("simultaneous calls request one token", async () => {
    request.mockImplementation(async () => tokens("one"));
    const session = createSessionAccess();
    expect(await Promise.all([session.getAccessToken(), session.getAccessToken()])).toEqual(["one", "one"]);
    expect(request).toHaveBeenCalledTimes(1);
  });

  test("a discarded token is requested again", async () => {
    request.mockResolvedValueOnce(tokens("one")).mockResolvedValueOnce(tokens("two"));
    const session = createSessionAccess();
    await session.getAccessToken();
    session.discardAccessToken();
    expect(await session.getAccessToken()).toBe("two");
  });

  test.each([400, 401, 403, 404])("a response with %i means that there is no session", async (status) => {
    request.mockImplementation(async () => Response.json({}, { status }));
    expect(await createSessionAccess().getAccessToken()).toBe(null);
  });

  test.each([429, 500, 503])("a response with %i is an error", async (status) => {
    request.mockImplementation(async () => Response.json({}, { status }));
    await expect(createSessionAccess().getAccessToken()).rejects.toThrow(`responded with ${status}`);
  });

  test("a server that cannot be reached is an error", async () => {
    request.mockRejectedValueOnce(new TypeError("Failed to fetch"));
    await expect(createSessionAccess().getAccessToken()).rejects.toThrow("cannot be reached");
  });

  test("without the Web Locks API, and with an unexpected response, there is no error", async () => {
    vi.stubGlobal("navigator", {});
    request.mockImplementation(async () => Response.json({ tokens: { accessToken: 1 } }));
    expect(await createSessionAccess().getAccessToken()).toBe(null);
  });
});
