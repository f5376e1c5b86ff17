import { setTimeout as sleep } from "node:timers/promises";
import { createClient, ParleyError } from "../../../src/client/index.ts";
import type { ParleyClient, Self } from "../../../src/client/index.ts";
import { Username } from "../../../src/protocol/index.ts";
import { checkAnswer } from "../../../scripts/support/check-answer.ts";
import { atOnce } from "./at-once.ts";
import type { Progress } from "./progress.ts";
import { usernamesFor } from "./usernames.ts";

export interface Account {
  client: ParleyClient;
  userId: string;
  username: string;
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

/**
 * Registers an account for each name, the name itself as display name. Usernames are what people call each other by in the
 * text, with the run's tag only where an earlier run on this server has them already.
 */
export async function registerAll(options: RegisterOptions): Promise<Map<string, Account>> {
  const { url, names, tag, welcome, progress } = options;
  const accounts = new Map<string, Account>();
  const usernames = [...usernamesFor(names, tag)];
  let isFirstRun = true;
  const enter = async ([name, tagged]: [string, string], index: number) => {
    const client = createClient({ url, checkAnswer });
    const password = `replay-${crypto.randomUUID()}`;
    const email = `speaker-${index}.${tag}@replay.example`;
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
    await patiently(() => welcome(account));
    accounts.set(name, account);
    progress.advance();
  };
  for (const first of usernames.slice(0, 1)) await enter(first, 0);
  await atOnce(passwordsAtOnce, usernames.slice(1), (one, index) => enter(one, index + 1));
  return accounts;
}

const isTaken = (error: unknown): boolean => error instanceof ParleyError && error.code === "conflict";

/** An answer can be lost after the account was made: then the names are taken, by oneself. */
async function registerOnce(
  client: ParleyClient,
  body: Parameters<ParleyClient["register"]>[0],
): Promise<Self> {
  let tries = 0;
  return patiently(async () => {
    tries++;
    return client.register(body).catch((error: unknown) => {
      if (tries > 1 && isTaken(error)) {
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
