import { setTimeout as sleep } from "node:timers/promises";
import { createClient, ParleyError } from "../../src/client/index.ts";
import type { ParleyClient } from "../../src/client/index.ts";
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
  /** A password costs the server 0.1 s of CPU on purpose: more at once than it has cores gains nothing. */
  atOnce: number;
  /** With each new account, before it counts as done. */
  welcome: (account: Account) => Promise<void>;
  progress: Progress;
}

/** Registers an account for each name, the name itself as display name. */
export async function registerAll(options: RegisterOptions): Promise<Map<string, Account>> {
  const { url, names, tag, atOnce, welcome, progress } = options;
  const accounts = new Map<string, Account>();
  const usernames = [...usernamesFor(names, tag)];
  let next = 0;
  const work = async () => {
    for (let index = next++; index < usernames.length; index = next++) {
      const [name, username] = usernames[index] as [string, string];
      const client = createClient({ url, checkAnswers: true });
      const password = `replay-${crypto.randomUUID()}`;
      const user = await patiently(() =>
        client.register({
          email: `speaker-${index}.${tag}@replay.example`,
          username,
          password,
          displayName: [...name].slice(0, 80).join(""),
        }),
      );
      const account = { client, userId: user.id, credentials: { login: username, password } };
      await patiently(() => welcome(account));
      accounts.set(name, account);
      progress.advance();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  return accounts;
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
