import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

/** The methods by which the Worker and the objects of the last release call each object class. */
const released = JSON.parse(readFileSync("test/support/releases/rpc-surface.json", "utf8")) as Record<
  string,
  string[]
>;

const sources: Record<string, string[]> = {
  ChannelRoom: ["src/channel-object/channel-room.ts"],
  Mailer: ["src/mail/mailer.ts"],
  PasswordHasher: ["src/password-hasher/password-hasher.ts"],
  RateLimiter: ["src/rate-limiter/rate-limiter.ts"],
  JobRunner: ["src/job-runner/job-runner.ts"],
  UserHub: [
    "src/user-object/user-hub.ts",
    "src/user-object/personal/personal-hub.ts",
    "src/user-object/commands/command-hub.ts",
    "src/user-object/push/push-hub.ts",
    "src/user-object/second-factor/second-factor-hub.ts",
  ],
  WebhookSender: ["src/webhook-sender/webhook-sender.ts"],
};

/** Returns the public methods of a class, which are those that RPC can call. */
function methodsOf(paths: string[]): string[] {
  const text = paths.map((path) => readFileSync(path, "utf8")).join("\n");
  const platform = new Set([
    "constructor",
    "fetch",
    "alarm",
    "webSocketMessage",
    "webSocketClose",
    "webSocketError",
  ]);
  return [...text.matchAll(/^ {2}(?:override )?(?:async )?(\w+)\(/gm)]
    .map(([, name = ""]) => name)
    .filter((name) => !platform.has(name))
    .toSorted();
}

test.each(Object.keys(sources))("[DP3] %s has every method that the last release calls", (className) => {
  const present = methodsOf(sources[className]!);
  const removed = (released[className] ?? []).filter((name) => !present.includes(name));
  expect(
    removed,
    `For a minute after a deploy, Workers and objects of the last release still call these methods. Keep them for one more release
(docs/deploy.md, "What a deploy does"). When a release is deployed, set test/support/releases/rpc-surface.json to:
${JSON.stringify({ ...released, [className]: present }, null, 2)}`,
  ).toEqual([]);
  expect(present.length).toBeGreaterThan(0);
});
