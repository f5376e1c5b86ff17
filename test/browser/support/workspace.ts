import {
  addReaction,
  createChannel,
  createMessage,
  createReminder,
  createThread,
  getMe,
  markRead,
  openDirectMessage,
  pinMessage,
  putDraft,
  requireMessage,
  saveMessage,
  updateUserStatus,
} from "../../../src/client/index.ts";
import { upload } from "../../../src/client/upload.ts";
import { createChannelWith, post } from "./channel.ts";
import { picture } from "./picture.ts";
import type { Person, WebApp } from "./web-app.ts";

/** A workspace in which a team has talked, for the pictures of the documentation and the checks of all views. */
export interface TalkingWorkspace {
  /** The owner of the workspace. */
  mira: Person;
  jonas: Person;
  channelId: string;
  /** The root message of a thread. */
  threadId: string;
  directId: string;
}

/** Creates people, channels, messages of every kind, a thread, and what belongs to one user. */
export async function createTalkingWorkspace(app: WebApp): Promise<TalkingWorkspace> {
  const [mira, jonas, lena] = [
    await app.createPerson("Mira"),
    await app.createPerson("Jonas"),
    await app.createPerson("Lena"),
  ];
  const channel = await createChannelWith(mira, [jonas, lena], "launch");
  const channelId = channel.id;
  for (const name of ["design", "general", "random"])
    await mira.client.call(createChannel, { body: { name } });
  await post(mira, channelId, "Good morning! The release is **tomorrow at ten**. What is left?");
  const plan = await post(
    jonas,
    channelId,
    `@${mira.me.username} two things: the migration, and the text of the announcement.`,
  );
  await post(
    jonas,
    channelId,
    "```sh\nnpm run deploy -- --dry-run\n```\n> no failpoint, 908 KiB\nThe bundle is fine.",
  );
  await post(lena, channelId, "I take the announcement: a first version is at https://example.com/draft");
  const file = await upload(lena.client, picture(640, 360), { name: "announcement.png" });
  const params = { channelId };
  requireMessage(
    await lena.client.call(createMessage, {
      params,
      body: { content: "And this is the picture for it.", fileIds: [file.id] },
    }),
  );
  const root = { channelId, messageId: plan.id };
  await mira.client.call(createThread, { params: root, body: { content: "Who runs the migration?" } });
  await jonas.client.call(createThread, {
    params: root,
    body: { content: "I do, at nine. It only adds columns." },
  });
  for (const { client } of [mira, lena]) await client.call(addReaction, { params: { ...root, emoji: "👍" } });
  await lena.client.call(addReaction, { params: { ...root, emoji: "🚀" } });
  await mira.client.call(pinMessage, { params: root });
  await mira.client.call(saveMessage, { params: { messageId: plan.id } });
  await mira.client.call(updateUserStatus, { body: { custom: { emoji: "🍰", text: "Cake at ten" } } });
  const direct = await mira.client.call(openDirectMessage, { body: { userIds: [jonas.me.id] } });
  await post(jonas, direct.id, "Do you have five minutes?");
  const general = await createChannelWith(mira, [jonas], "general");
  await mira.client.call(putDraft, {
    params: { channelId: general.id },
    body: { content: "A thought about the next sprint" },
  });
  await mira.client.call(createReminder, {
    body: { text: "Write the notes of the release", at: new Date(Date.now() + 86_400_000).toISOString() },
  });
  await mira.client.call(markRead, { params, body: { seq: plan.seq } });
  await mira.client.call(getMe);
  return { mira, jonas, channelId, threadId: plan.id, directId: direct.id };
}
