import type { Actor } from "../../../domain/actor.ts";
import type { AnswerPlace, CommandRun, ShownAnswer } from "../../../domain/command-run.ts";
import { AppError, reject } from "../../../errors/app-error.ts";
import { failpoint } from "../../../lib/failpoint.ts";
import { newId } from "../../../lib/ids.ts";
import { isoTime } from "../../../lib/time.ts";
import {
  type Command,
  type CommandAnswer,
  type EphemeralMessage,
  hasContent,
  type Message,
} from "../../../protocol/index.ts";
import { unwrap } from "../../../rpc/rpc-result.ts";
import { callObject, hubOf, roomOf } from "../../../rpc/stubs.ts";

/** The invocation that is answered, and how the answer arrived: in the bot's response, or at the response URL. */
export interface AnswerSource {
  /** The user who ran the command. */
  userId: string;
  runId: string;
  by: "response" | "url";
}

/**
 * Shows a bot's answer to an invocation: an ephemeral message to the user who ran the command, or a message of the bot in the channel. The bot need
 * not be a member: the permissions of that user apply, as they are now.
 *
 * Three steps: the user's hub reserves the place of the answer, the room or the hub shows it, the hub records what was shown. A request that is
 * repeated with its nonce after a crash in between gets the same place, and the room creates the message once.
 *
 * @throws `not_found` for an expired invocation; `conflict` when the response URL is used up, or there is no answer to delete; what the room
 *   rejects the message with
 */
export async function giveAnswer(
  env: Env,
  { userId, runId, by }: AnswerSource,
  answer: CommandAnswer,
): Promise<ShownAnswer & { usesLeft: number }> {
  const hub = () => hubOf(env, userId);
  const hasAnswer = hasContent(answer) || answer.deleteOriginal === true;
  const request = { by, hasAnswer, nonce: answer.nonce };
  const reserved = unwrap(
    // Without a nonce a lost call may have used up a place.
    await callObject(() => hub().reserveCommandAnswer(runId, request), {
      tries: by === "url" && hasAnswer && answer.nonce === undefined ? 1 : 3,
    }),
  );
  failpoint("command:after-reserve");
  const { place, usesLeft } = reserved;
  if (place === null) return { ephemeral: null, message: null, usesLeft };
  const shown = await show(env, { userId, by }, reserved, answer);
  failpoint("command:after-post");
  await callObject(() => hub().recordCommandAnswer(runId, place, shown));
  return { ...shown, usesLeft };
}

async function show(
  env: Env,
  { userId, by }: Pick<AnswerSource, "userId" | "by">,
  reserved: AnswerPlace,
  answer: CommandAnswer,
): Promise<ShownAnswer> {
  const { run, place, given, originals } = reserved;
  if (answer.deleteOriginal) return deleteLatest(env, userId, reserved);
  // What the response of the bot contains is always the first answer.
  const replaced = answer.replaceOriginal && by === "url" ? originals[answer.visibility] : undefined;
  if (answer.visibility === "ephemeral")
    return { ephemeral: ephemeralOf(run, userId, given?.id ?? replaced, answer), message: null };
  const written = writtenOf(answer);
  const nonce = `${run.id}:${place}`;
  const command: Command =
    replaced !== undefined
      ? {
          type: run.threadId === null ? "messageUpdate" : "threadUpdate",
          data: { messageId: replaced, ...changedOf(answer) },
        }
      : run.threadId === null
        ? { type: "messageCreate", data: { ...written, nonce } }
        : { type: "threadCreate", data: { ...written, nonce, messageId: run.threadId } };
  return { ephemeral: null, message: await execute(env, run, userId, command) };
}

/** The fields of an answer that its message has. */
const writtenOf = ({ content = "", sender, attachments, metadata }: CommandAnswer) => ({
  content,
  ...(sender && { sender }),
  ...(attachments && { attachments }),
  ...(metadata && { metadata }),
});

/** The fields of an answer that an edit of its message has. The sender of a message can't be changed. */
const changedOf = ({ content = "", attachments = [], metadata }: CommandAnswer) => ({
  content,
  attachments,
  metadata: metadata ?? null,
});

function ephemeralOf(
  { botId, channelId, threadId }: CommandRun,
  userId: string,
  id: string | undefined,
  answer: CommandAnswer,
): EphemeralMessage {
  const nowMs = Date.now();
  return {
    id: id ?? newId("eph", nowMs),
    channelId,
    threadId,
    userId,
    authorId: botId,
    ...writtenOf(answer),
    createdAt: isoTime(nowMs),
  };
}

/** Deletes the previous answer, of either visibility. May be repeated. */
async function deleteLatest(env: Env, userId: string, { run, latest }: AnswerPlace): Promise<ShownAnswer> {
  if (!latest) return reject("conflict", "There is no previous answer to delete");
  if (latest.visibility === "ephemeral") {
    const { id } = latest;
    await callObject(() => hubOf(env, userId).hideEphemeral(id, run.channelId));
  } else {
    const type = run.threadId === null ? "messageDelete" : "threadDelete";
    await execute(env, run, userId, { type, data: { messageId: latest.id } });
  }
  return { ephemeral: null, message: null };
}

/** Executes a command of the bot with the permissions of the user who ran the slash command. May be repeated: each creation has a nonce. */
async function execute(
  env: Env,
  { id, botId, channelId }: CommandRun,
  userId: string,
  command: Command,
): Promise<Message> {
  const actor: Actor = { userId: botId, sessionId: id, role: "member", isBot: true, onBehalfOf: userId };
  const { result } = unwrap(await callObject(() => roomOf(env, channelId).execute(actor, command)));
  if (!("message" in result))
    throw new AppError({ code: "internal", detail: "A message command without a message" });
  return result.message as Message;
}
