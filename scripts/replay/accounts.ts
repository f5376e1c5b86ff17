import { setTimeout as sleep } from "node:timers/promises";
import { createClient, ParleyError } from "../../src/client/index.ts";
import type { ParleyClient, Self } from "../../src/client/index.ts";
import { atOnce } from "./at-once.ts";
import type { Progress } from "./progress.ts";
import { usernamesFor } from "./usernames.ts";

export interface Account {
  client: ParleyClient;
  userId: string;
  /** For further sessions of the same person. */
  credentials: { login: string; password: string };
}

export interface RegisterOptions {
  url: string;
  names: readonly string[];
  tag: string;
  /** With each new account, before it counts as done; the first one's is over before the others begin. */
  welcome: (account: Account) => Promise<void>;
  progress: Progress;
}

/** A password costs the server 0.1 s of CPU on purpose: more at once than it has cores gains nothing. */
export const passwordsAtOnce = 4;

/** Registers an account for each name, the name itself as display name. */
export async function registerAll(options: RegisterOptions): Promise<Map<string, Account>> {
  const { url, names, tag, welcome, progress } = options;
  const accounts = new Map<string, Account>();
  const usernames = [...usernamesFor(names, tag)];
  const enter = async ([name, username]: [string, string], index: number) => {
    const client = createClient({ url, checkAnswers: true });
    const password = `replay-${crypto.randomUUID()}`;
    const email = `speaker-${index}.${tag}@replay.example`;
    const displayName = [...name].slice(0, 80).join("");
    const { id } = await registerOnce(client, { email, username, password, displayName });
    const account = { client, userId: id, credentials: { login: username, password } };
    await patiently(() => welcome(account));
    accounts.set(name, account);
    progress.advance();
  };
  for (const first of usernames.slice(0, 1)) await enter(first, 0);
  await atOnce(passwordsAtOnce, usernames.slice(1), (one, index) => enter(one, index + 1));
  return accounts;
}

/** An answer can be lost after the account was made: then the names are taken, by oneself. */
async function registerOnce(
  client: ParleyClient,
  body: Parameters<ParleyClient["register"]>[0],
): Promise<Self> {
  let tries = 0;
  return patiently(async () => {
    tries++;
    return client.register(body).catch((error: unknown) => {
      if (tries > 1 && error instanceof ParleyError && error.code === "conflict") {
        return client.login({ login: body.username, password: body.password });
      }
      throw error;
    });
  });
}

/** Tries again what the server asks to try later, as often as it takes within reason. */
export async function patiently<T>(act: () => Promise<T>, times = 20): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await act();
    } catch (error) {
      if (!(error instanceof ParleyError) || !error.retry || attempt === times) throw error;
      await sleep(error.retryAfterMs ?? 250 * attempt);
    }
  }
}
