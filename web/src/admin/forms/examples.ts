/** Returns a text as one word of a POSIX shell. */
export const shellWord = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** Returns a command that reads the account of a token. */
export const tokenExample = (origin: string, token: string): string =>
  `curl -s ${shellWord(`${origin}/v1/users/me`)} \\\n  -H ${shellWord(`Authorization: Bearer ${token}`)}`;

/** Returns a command that posts a message by the URL of an incoming webhook. */
export const webhookExample = (url: string): string =>
  [
    `curl -s ${shellWord(url)}`,
    `-H ${shellWord("Content-Type: application/json")}`,
    `-d ${shellWord(JSON.stringify({ content: "**Deployed** 1.2.3" }))}`,
  ].join(" \\\n  ");

/** Returns a command that creates a user of an application by a server key. */
export const serverKeyExample = (origin: string, secret: string): string =>
  [
    `curl -s -X PUT ${shellWord(`${origin}/v1/server/users/4711`)}`,
    `-H ${shellWord(`Authorization: Bearer ${secret}`)}`,
    `-H ${shellWord("Content-Type: application/json")}`,
    `-d ${shellWord(JSON.stringify({ username: "ann", displayName: "Ann" }))}`,
  ].join(" \\\n  ");
