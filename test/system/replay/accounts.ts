import { setTimeout as sleep } from "node:timers/promises";
import { createClient, ParleyError } from "../../../src/client/index.ts";
import type { ParleyClient, Self } from "../../../src/client/index.ts";
import { Username } from "../../../src/protocol/index.ts";
import { checkAnswer } from "../../../scripts/support/check-answer.ts";
import { inParallel } from "../../../src/lib/parallel.ts";
import type { Progress } from "../../../scripts/support/progress.ts";
import { usernamesFor } from "./usernames.ts";

/** A registered account with its client. */
export interface Account {
  client: ParleyClient;
  userId: string;
  username: string;
  /** For further sessions of the same account. */
  credentials: { login: string; password: string };
}

export interface RegisterOptions {
  url: string;
  names: readonly string[];
  tag: string;
  /** Called for each new account. The first call completes before the second account is registered. */
  onRegistered: (account: Account) => Promise<void>;
  progress: Progress;
}

/** Each password hash costs the server 0.1 s of CPU, so that a higher concurrency than its cores gains nothing. */
export const maxConcurrentLogins = 4;

/**
 * Registers an account for each name, with the name as display name. Usernames are the names that the texts mention; where an
 * earlier run on this server has registered them, all get the run's tag as a suffix.
 */
export async function registerAll(options: RegisterOptions): Promise<Map<string, Account>> {
  const { url, names, tag, onRegistered, progress } = options;
  const accounts = new Map<string, Account>();
  const usernames = [...usernamesFor(names, tag)];
  let isFirstRun = true;
  const enter = async ([name, tagged]: [string, string], index: number) => {
    const client = createClient({ url, checkAnswer });
    const password = `replay-${crypto.randomUUID()}`;
    const email = `author-${index}.${tag}@replay.example`;
    const displayName = [...name].slice(0, 80).join("");
    const register = (username: string) => registerOnce(client, { email, username, password, displayName });
    const plain = Username.safeParse(tagged.slice(0, -tag.length - 1));
    const self = await (isFirstRun && plain.success
      ? register(plain.data).catch((error: unknown) => {
          if (!isTaken(error)) throw error;
          isFirstRun = false;
          return register(tagged);
        })
      : register(tagged));
    const { id: userId, username } = self;
    const account = { client, userId, username, credentials: { login: username, password } };
    await withRetries(() => onRegistered(account));
    accounts.set(name, account);
    progress.advance();
  };
  for (const first of usernames.slice(0, 1)) await enter(first, 0);
  await inParallel(usernames.slice(1), maxConcurrentLogins, (one, index) => enter(one, index + 1));
  return accounts;
}

const isTaken = (error: unknown): boolean => error instanceof ParleyError && error.code === "conflict";

/** Registers an account. If a response is lost, the retry fails with `conflict`, and the account logs in instead. */
async function registerOnce(
  client: ParleyClient,
  body: Parameters<ParleyClient["register"]>[0],
): Promise<Self> {
  let attempts = 0;
  return withRetries(async () => {
    attempts++;
    return client.register(body).catch((error: unknown) => {
      if (attempts > 1 && isTaken(error)) {
        return client.login({ login: body.username, password: body.password });
      }
      throw error;
    });
  });
}

/** Repeats a request, at most `maxAttempts` times, while its error is temporary. */
export async function withRetries<T>(request: () => Promise<T>, maxAttempts = 20): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await request();
    } catch (error) {
      if (!(error instanceof ParleyError) || !error.retry || attempt === maxAttempts) throw error;
      await sleep(error.retryAfterMs ?? 250 * attempt);
    }
  }
}
