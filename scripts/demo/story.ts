import { createChannel, createMessage, getFileContent, openDirectMessage } from "../../src/client/index.ts";
import type { Message, ParleyError } from "../../src/client/index.ts";
import { upload } from "../../src/client/upload.ts";
import { runTag } from "../support/run-tag.ts";
import { compareViews } from "./agreement.ts";
import type { Verdict } from "./agreement.ts";
import { startTally } from "./bot.ts";
import { Narrator } from "./narrator.ts";
import { Person } from "./person.ts";
import type { Stage } from "./stage.ts";

export interface StoryOptions {
  url: string;
  stage: Stage;
  /** Multiplies every pause; 0 for none. */
  pace: number;
}

interface Scene {
  url: string;
  narrator: Narrator;
  channelId: string;
  mira: Person;
  jonas: Person;
  /** Resolves when the bot has said what it was asked for. */
  answered: () => Promise<void>;
}

/** Plays the whole demo and compares what everyone saw. `ownerLogin`: of the account that owns the workspace since then. */
export async function playStory({
  url,
  stage,
  pace,
}: StoryOptions): Promise<Verdict & { ownerLogin: Person["ownerLogin"] }> {
  const narrator = new Narrator(stage, pace);
  try {
    const scene = await gather(narrator, url);
    const thread = await talk(scene);
    await tunnel(scene);
    await share(scene);
    const dmId = await whisper(scene);
    stage.pause();
    const { cast } = narrator;
    for (const person of cast) await person.read();
    const verdict = await compareViews(cast, { channelId: scene.channelId, root: thread, dmId });
    return { ...verdict, ownerLogin: scene.mira.ownerLogin };
  } finally {
    await Promise.all(narrator.cast.map((person) => person.leave()));
  }
}

/** Three accounts, a private channel, one socket each. */
async function gather(narrator: Narrator, url: string): Promise<Scene> {
  const { stage, cast } = narrator;
  const tag = runTag();
  for (const name of ["Mira", "Jonas", "Tally"]) narrator.enter(await Person.register(name, tag, url));
  const [mira, jonas, tally] = cast as [Person, Person, Person];
  stage.note(`Mira, Jonas and the bot Tally register as ${cast.map(({ user }) => user.username).join(", ")}`);

  const channel = await mira.client.call(createChannel, {
    body: { name: `coffee-${tag}`, isPrivate: true },
  });
  for (const guest of [jonas, tally]) await mira.add(guest, channel.id);
  stage.note(`Mira opens the private channel #${channel.name} and adds the other two`);
  await Promise.all(cast.map((person) => person.enter(channel.id)));
  for (const other of cast) await mira.sees(other, ({ presence }) => presence === "online");
  stage.note("All three are live, each on one WebSocket; Mira sees that the others are online");
  stage.pause();
  const { answered } = startTally(tally, cast, (text) => narrator.say(tally, text));
  return { url, narrator, channelId: channel.id, mira, jonas, answered };
}

/** A message is edited, one gets a reaction, one a thread. Gives the root of that. */
async function talk({ narrator, mira, jonas, answered }: Scene): Promise<Message> {
  const morning = await narrator.say(mira, "Morning! Coffee at ten?");
  await narrator.react(jonas, morning, "☕");
  await narrator.showTyping(jonas, mira);
  const typo = await narrator.say(jonas, "Gladly. The place with teh good cake?");
  const root = await narrator.say(mira, "That one. They have crème brûlée, too.");
  await narrator.rest(500);
  const edit = () => jonas.edit(typo, "Gladly. The place with the good cake?");
  await narrator.tell(jonas, edit, `edits #${typo.seq} `);
  for (const person of narrator.cast) person.openThread(root);
  await narrator.reply(jonas, root, "One each, or do we share?");
  await narrator.reply(mira, root, "Share? One each!");
  await narrator.say(mira, "@tally are we a talkative bunch?");
  await answered();
  return root;
}

/** Jonas is cut off. What he missed comes when he is back, with what it means to him: how much, and that he was called. */
async function tunnel({ narrator, channelId, mira, jonas, answered }: Scene): Promise<void> {
  const { stage, cast } = narrator;
  await jonas.read();
  await narrator.rest(600);
  stage.pause();
  jonas.cable.unplug();
  await jonas.isOffline();
  const place = jonas.room.place?.seq ?? 0;
  const eventsBefore = jonas.events.length;
  stage.trouble(
    `Jonas enters a tunnel: his TCP connection is reset, no close frame. He has all up to #${place}`,
  );
  await narrator.say(mira, "Shall I book a table?");
  const call = await narrator.say(mira, `@${jonas.user.username} you froze.`);
  const waiting = "Tunnel. Book one by the window, please!";
  await narrator.typing(waiting);
  const sent = jonas.say(waiting);
  stage.note(`Jonas, offline, types “${waiting}” It waits in his client`);
  await narrator.say(mira, "@tally who is winning now?");
  await answered();
  await narrator.rest(600);

  const head = mira.room.place?.seq ?? 0;
  jonas.cable.plugIn();
  stage.note(`Jonas is out of the tunnel: his client asks for what came after #${place}`);
  await jonas.hasSeen(head);
  const got = jonas.events.slice(eventsBefore).filter(({ seq }) => seq <= head);
  stage.relief(
    `Jonas is live again: ${head - place} events missed, ${got.length} got, #${got[0]?.seq} to #${got.at(-1)?.seq}`,
  );
  const message = await sent;
  await Promise.all(cast.map((person) => person.hasSeen(message.seq)));
  stage.said(jonas, message.content, `#${message.seq} · sent offline, there once`);

  const [{ unread, mentions }, notice] = await Promise.all([
    jonas.unreadIn(channelId, message.seq),
    jonas.notificationOf(call),
  ]);
  stage.note(
    `Jonas has ${unread} unread, ${mentions} of them for him; his notification: a ${notice.kind} by Mira, #${notice.channelSeq}`,
  );
  const left = await jonas.read();
  stage.note(`He reads up to #${left.lastReadSeq}: ${left.unread} unread`);
  await narrator.say(mira, "Done. Ten o'clock, by the window.");
  await narrator.say(jonas, "See you there!");
  await narrator.showStatus(jonas, mira, ["🍰", "Cake at ten"]);
}

/** A file, which Jonas gets and a stranger does not; then Jonas looks for what was said. */
async function share({ url, narrator, mira, jonas }: Scene): Promise<void> {
  const { stage, cast } = narrator;
  stage.pause();
  const text = "Ten: coffee. Eleven: cake. Twelve: nothing.\n";
  const file = await upload(mira.client, new File([text], "plan.txt", { type: "text/plain" }));
  const send = () => mira.say("The plan.", [file.id]);
  await narrator.tell(mira, send, `with ${file.name}, ${file.sizeBytes} bytes `);
  const params = { fileId: file.id };
  const got = await (await jonas.client.call(getFileContent, { params })).text();
  const stranger = await Person.register("Otto", runTag(), url);
  const refusal = await stranger.client.call(getFileContent, { params }).then(
    () => "bytes",
    (error: ParleyError) => error.code,
  );
  await stranger.leave();
  stage.note(
    `Jonas gets ${got === text ? "the same bytes" : "OTHER BYTES"}; Otto, who is not in the channel, gets ${refusal}`,
  );
  if (got !== text || refusal !== "not_found") throw new Error("A file went astray");
  for (const q of ["sharing is:thread", "eleven OR plan has:file"]) {
    const hit = await jonas.finds(q);
    const author = cast.find(({ user }) => user.id === hit.authorId)?.name ?? "nobody";
    stage.note(`Jonas searches for ${q}: ${author}'s “${hit.content}” #${hit.seq}`);
  }
}

/** A direct message, which only the two of them know of. Gives its channel. */
async function whisper({ narrator, mira, jonas }: Scene): Promise<string> {
  const { stage } = narrator;
  stage.pause();
  const { id: channelId } = await jonas.client.call(openDirectMessage, {
    body: { userIds: [mira.user.id] },
  });
  const content = "Psst: I forgot my wallet. Lend me ten?";
  await narrator.typing(content);
  const message = await jonas.client.call(createMessage, { params: { channelId }, body: { content } });
  const notice = await mira.notificationOf(message);
  stage.said(jonas, content, `to Mira alone · her notification: a ${notice.kind} message`);
  const answer = "Eat first, pay later.";
  await narrator.typing(answer);
  await mira.client.call(createMessage, { params: { channelId }, body: { content: answer } });
  stage.said(mira, answer, "to Jonas alone");
  for (const person of [mira, jonas]) await person.readAll(channelId);
  return channelId;
}
