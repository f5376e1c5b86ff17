import { setTimeout as sleep } from "node:timers/promises";

/** A registered user. The access token is renewed by the refresh token, since a long run outlives it. */
export type Account = { userId: string; accessToken: string; refreshToken: string; renewAtMs: number };

type Tokens = { accessToken: string; refreshToken: string; expiresIn: number };

/** A longer wait means that a limit was not raised for the benchmark. */
const maxWaitSeconds = 10;

/** A minimal REST client that fills rooms. */
export class Client {
  private readonly origin: string;

  constructor(origin: string) {
    this.origin = origin;
  }

  async register(username: string): Promise<Account> {
    const body = { email: `${username}@bench.invalid`, username, password: "correct horse battery" };
    const { user, tokens } = await this.post<{ user: { id: string }; tokens: Tokens }>(
      "/v1/auth/register",
      body,
    );
    return { userId: user.id, ...validFor(tokens) };
  }

  async renew(account: Account): Promise<void> {
    if (Date.now() < account.renewAtMs) return;
    const { tokens } = await this.post<{ tokens: Tokens }>("/v1/auth/refresh", {
      refreshToken: account.refreshToken,
    });
    Object.assign(account, validFor(tokens));
  }

  async createChannel(owner: Account, name: string): Promise<string> {
    const { id } = await this.post<{ id: string }>("/v1/channels", { name }, bearer(owner));
    return id;
  }

  async addMember(owner: Account, channelId: string, userId: string): Promise<void> {
    await this.post(`/v1/channels/${channelId}/members`, { userId, role: "member" }, bearer(owner));
  }

  async channel(reader: Account, channelId: string): Promise<{ seq: number }> {
    return this.get(`/v1/channels/${channelId}`, reader);
  }

  /** Returns the `seq` up to which D1 has the channel. */
  async projectedSeq(reader: Account, channelId: string): Promise<number> {
    return (await this.get<{ seq: number }>(`/v1/channels/${channelId}/messages?limit=1`, reader)).seq;
  }

  async markRead(reader: Account, channelId: string, seq: number): Promise<void> {
    await this.post(`/v1/channels/${channelId}/read`, { seq }, bearer(reader), "PUT");
  }

  private async get<T>(path: string, reader: Account): Promise<T> {
    const response = await fetch(this.origin + path, { headers: bearer(reader) });
    if (!response.ok) throw new Error(`GET ${path}: ${response.status} ${await response.text()}`);
    return (await response.json()) as T;
  }

  private async post<T>(
    path: string,
    body: unknown,
    headers: Record<string, string> = {},
    method: "POST" | "PUT" = "POST",
  ): Promise<T> {
    for (;;) {
      const init = {
        method,
        headers: { "Content-Type": "application/json", ...headers },
        body: JSON.stringify(body),
      };
      const response = await fetch(this.origin + path, init);
      if (response.ok) return (response.status === 204 ? undefined : await response.json()) as T;
      if (response.status !== 429)
        throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
      const text = await response.text();
      const waitSeconds = Number(response.headers.get("Retry-After") ?? 1);
      if (waitSeconds > maxWaitSeconds)
        throw new Error(`${method} ${path}: a limit must be raised in raised-limits.ts: ${text}`);
      await sleep(waitSeconds * 1_000);
    }
  }
}

const bearer = ({ accessToken }: Account): Record<string, string> => ({
  Authorization: `Bearer ${accessToken}`,
});

/** Schedules the renewal at 40 % of the lifetime, so that a token outlives the cell that uses it. */
const validFor = ({ accessToken, refreshToken, expiresIn }: Tokens) => ({
  accessToken,
  refreshToken,
  renewAtMs: Date.now() + expiresIn * 400,
});
