import { beforeAll, describe, expect, test } from "vitest";
import type { z } from "zod";
import { endpoints, errorsOf } from "../../../src/protocol/index.ts";
import { expectProblem, sendRaw } from "../../support/worker/clients/raw-requests.ts";
import {
  bodyNames,
  createSampleWorkspace,
  fillPath,
  sampleOf,
  type SampleWorkspace,
} from "../../support/worker/fixtures/endpoint-samples.ts";
import { hostileStrings, hostileValues } from "../../support/worker/generators/hostile-values.ts";

let workspace: SampleWorkspace;
beforeAll(async () => {
  workspace = await createSampleWorkspace();
  const { ann, admin, channelId } = workspace;
  // A test makes the channel private; the admin, who subscribes to its events later, must still be able to read it.
  await ann.call("POST", `/v1/channels/${channelId}/members`, { userId: admin.userId });
});

const fields = bodyNames.flatMap((name) =>
  Object.keys((endpoints[name]!.body as z.ZodObject).shape).map((field) => [name, field] as const),
);

/** The token of a link has a MAC, which the schema does not know. Any token but the sample's is invalid; a valid one is used once. */
const isInvalidLink = (name: string, { token }: Record<string, unknown>): boolean =>
  ["resetPassword", "confirmEmail"].includes(name) && typeof token === "string";

/**
 * Fields with rules that the schema does not have, such as addresses that may be requested and times in words, and the field that the
 * error names.
 */
const checkedFurther: Record<string, string> = {
  // It may be empty only with the header of sessions in cookies.
  "refreshToken.refreshToken": "refreshToken",
  "updateReminder.when": "when",
  "createSlashCommand.url": "url",
  "updateSlashCommand.url": "url",
  "createEventSubscription.url": "url",
  // With a signing secret, the receiver must complete a handshake, which the sample's does not.
  "createEventSubscription.signingSecret": "url",
  "updateEventSubscription.url": "url",
  "createPushSubscription.endpoint": "endpoint",
  // The length of the keys, and the time.
  "createPushSubscription.keys": "keys",
  "createPushSubscription.expirationTime": "expirationTime",
};

describe.each(fields)("%s: %s", (name, field) => {
  const endpoint = endpoints[name]!;

  test("[ER1] [ER2] no value makes a 5xx; an invalid one is a 400 that names the field", async () => {
    const sample = await sampleOf(name, workspace);
    let hashed = 0;
    for (const [what, value] of [...Object.entries(hostileStrings), ...Object.entries(hostileValues)]) {
      const body = { ...sample.body, [field]: value };
      // A value that passes the schema of a password's endpoint costs 0.1 s of scrypt.
      if (endpoint.tag === "auth" && endpoint.body!.safeParse(body).success && ++hashed > 6) continue;
      const text = JSON.stringify(body);
      const response = await sendRaw(sample.method, sample.path, { token: sample.token, body: text });
      const about = `${name}.${field} with ${what}: ${response.status}`;
      expect(response.status, about).toBeLessThan(500);
      const parsed = endpoint.body!.safeParse(body);
      if (response.status < 400) {
        expect(parsed.success, about).toBe(true);
        await response.body?.cancel();
        continue;
      }
      const problem = await expectProblem(response);
      expect(errorsOf(endpoint), about).toContain(problem.code);
      const further = parsed.success ? checkedFurther[`${name}.${field}`] : undefined;
      if (text.length <= 60_000 && further === undefined)
        expect(problem.code === "validation_failed", `${about} ${JSON.stringify(problem)}`).toBe(
          // Text may be missing if there are files; for an edit only the object that has the message can decide.
          !parsed.success ||
            (["updateMessage", "updateScheduledMessage"].includes(name) && body.content === "") ||
            isInvalidLink(name, body),
        );
      if (problem.code === "validation_failed" && !isInvalidLink(name, body))
        // For a list: the element.
        expect(
          problem.issues!.map(({ path }) => path.split(".")[0]),
          about,
        ).toContain(further ?? field);
    }
  });

  test("[ER4] the error does not repeat the value", async () => {
    const { method, path, token, body } = await sampleOf(name, workspace);
    const secret = "hunter2-very-secret";
    // Metadata may be any object, but no list.
    const invalid = [{ secret }, [secret]]
      .map((value) => ({ ...body, [field]: value }))
      .find((each) => !endpoint.body!.safeParse(each).success);
    const response = await sendRaw(method, path, { token, body: JSON.stringify(invalid) });
    expect(response.status).toBe(400);
    expect(await response.text()).not.toContain(secret);
  });
});

describe("[ER2] text", () => {
  const texts = [
    ["createMessage", "content"],
    ["createMessage", "nonce"],
    ["updateMessage", "content"],
    ["createChannel", "name"],
    ["createChannel", "topic"],
    ["createChannel", "description"],
    ["updateChannel", "name"],
    ["updateChannel", "topic"],
    ["updateChannel", "description"],
    ["updateMe", "displayName"],
    ["register", "displayName"],
    ["register", "password"],
    ["register", "username"],
    ["register", "email"],
    ["changePassword", "newPassword"],
    ["createThread", "content"],
    ["createThread", "nonce"],
  ] as const;

  test.each(texts)("of %s.%s rejects NUL and lone surrogates", async (name, field) => {
    for (const value of [
      "a long enough \0 text",
      "\0",
      "a long enough \ud83d text",
      "a long enough \ude00 text",
      "\ude00\ud83d\ude00\ud83d\ude00\ud83d\ude00\ud83d",
    ]) {
      const { method, path, token, body } = await sampleOf(name, workspace);
      const problem = await expectProblem(
        await sendRaw(method, path, { token, body: JSON.stringify({ ...body, [field]: value }) }),
        "validation_failed",
      );
      expect(new Set(problem.issues!.map((issue) => issue.path))).toEqual(new Set([field]));
    }
  });

  test.each(
    Object.entries(hostileStrings).filter(
      ([, text]) => text.isWellFormed() && !text.includes("\0") && text !== "" && [...text].length <= 8_000,
    ),
  )("of a message is returned exactly as sent: %s", async (_, content) => {
    const { ann, channelId } = workspace;
    const sent = await ann.call("POST", `/v1/channels/${channelId}/messages`, { content });
    expect(sent.body.content).toBe(content);
    const { body } = await ann.call("GET", `/v1/channels/${channelId}/messages/${sent.body.id}`);
    expect(body.content).toBe(content);
    const events = await ann.call(
      "GET",
      `/v1/channels/${channelId}/events?after=${sent.body.seq - 1}&limit=1`,
    );
    expect(events.body.events[0].data.message.content).toBe(content);
  });

  test("of a message counts in code points: at most 8,000", async () => {
    const { ann, channelId } = workspace;
    for (const character of ["x", "ä", "😀"]) {
      expect(
        (await ann.call("POST", `/v1/channels/${channelId}/messages`, { content: character.repeat(8_000) }))
          .status,
      ).toBe(201);
      expect(
        (await ann.call("POST", `/v1/channels/${channelId}/messages`, { content: character.repeat(8_001) }))
          .status,
      ).toBe(400);
    }
  });
});

test("[ER2] an id of another kind or case, or with extra characters, is invalid", async () => {
  const { ann, bob, channelId, messageId } = workspace;
  for (const userId of [
    channelId,
    messageId,
    ann.sessionId,
    bob.userId.toLowerCase(),
    bob.userId.toUpperCase(),
    ` ${bob.userId}`,
    `${bob.userId}\n`,
    `${bob.userId}0`,
    bob.userId.slice(0, -1),
    `usr_8${"Z".repeat(25)}`,
    `usr_${"I".repeat(26)}`,
  ]) {
    const response = await sendRaw("POST", fillPath("/v1/channels/:channelId/members", { channelId }), {
      token: ann.token,
      body: JSON.stringify({ userId }),
    });
    expect((await expectProblem(response, "validation_failed")).issues).toEqual([
      expect.objectContaining({ path: "userId" }),
    ]);
  }
});
