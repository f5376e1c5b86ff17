import {
  createChannel,
  createMessage,
  getFileContent,
  openDirectMessage,
  requireMessage,
} from "../../src/client/index.ts";
import type { Message, ParleyError } from "../../src/client/index.ts";
import { upload } from "../../src/client/upload.ts";
import { runTag } from "../support/run-id.ts";
import { compareViews } from "./compare-views.ts";
import type { Verdict } from "./compare-views.ts";
import { startTally } from "./bot.ts";
import { Presenter } from "./presenter.ts";
import { Participant } from "./participant.ts";
import type { Transcript } from "./transcript.ts";

export interface ScenarioOptions {
  url: string;
  transcript: Transcript;
  /** Multiplies every pause; 0: no pauses. */
  pace: number;
}

interface Demo {
  url: string;
  presenter: Presenter;
  channelId: string;
  mira: Participant;
  jonas: Participant;
  /** Waits until the bot has replied to all messages so far. */
  answered: () => Promise<void>;
}

/**
 * Runs the whole demo, and compares the views of all participants.
 *
 * @returns the result, and as `ownerLogin` the credentials of the workspace's owner if the demo registered the first account
 */
export async function runScenario({
  url,
  transcript,
  pace,
}: ScenarioOptions): Promise<Verdict & { ownerLogin: Participant["ownerLogin"] }> {
  const presenter = new Presenter(transcript, pace);
  try {
    const demo = await setUp(presenter, url);
    const thread = await showConversation(demo);
    await showReconnect(demo);
    await showFileAndSearch(demo);
    const dmId = await showDirectMessage(demo);
    transcript.blankLine();
    const { participants } = presenter;
    for (const participant of participants) await participant.markRead();
    const verdict = await compareViews(participants, { channelId: demo.channelId, root: thread, dmId });
    return { ...verdict, ownerLogin: demo.mira.ownerLogin };
  } finally {
    await Promise.all(presenter.participants.map((participant) => participant.close()));
  }
}

/** Creates three accounts with one socket each, and a private channel. */
async function setUp(presenter: Presenter, url: string): Promise<Demo> {
  const { transcript, participants } = presenter;
  const tag = runTag();
  for (const name of ["Mira", "Jonas", "Tally"])
    presenter.addParticipant(await Participant.register(name, tag, url));
  const [mira, jonas, tally] = participants as [Participant, Participant, Participant];
  transcript.note(
    `Mira, Jonas and the bot Tally register as ${participants.map(({ user }) => user.username).join(", ")}`,
  );

  const channel = await mira.client.call(createChannel, {
    body: { name: `coffee-${tag}`, isPrivate: true },
  });
  for (const guest of [jonas, tally]) await mira.addMember(guest, channel.id);
  transcript.note(`Mira opens the private channel #${channel.name} and adds the other two`);
  await Promise.all(participants.map((participant) => participant.openChannel(channel.id)));
  for (const other of participants) await mira.waitForStatus(other, ({ presence }) => presence === "online");
  transcript.note("All three are live, each on one WebSocket; Mira sees that the others are online");
  transcript.blankLine();
  const { answered } = startTally(tally, participants, (text) => presenter.send(tally, text));
  return { url, presenter, channelId: channel.id, mira, jonas, answered };
}

/** Shows messages, a reaction, an edit and a thread; returns the root of the thread. */
async function showConversation({ presenter, mira, jonas, answered }: Demo): Promise<Message> {
  const morning = await presenter.send(mira, "Morning! Coffee at ten?");
  await presenter.react(jonas, morning, "☕");
  await presenter.showTyping(jonas, mira);
  const typo = await presenter.send(jonas, "Gladly. The place with teh good cake?");
  const root = await presenter.send(mira, "That one. They have crème brûlée, too.");
  await presenter.pause(500);
  const edit = () => jonas.edit(typo, "Gladly. The place with the good cake?");
  await presenter.sendAndMeasure(jonas, edit, `edits #${typo.seq} `);
  for (const participant of presenter.participants) participant.openThread(root);
  await presenter.reply(jonas, root, "One each, or do we share?");
  await presenter.reply(mira, root, "Share? One each!");
  await presenter.send(mira, "@tally are we a talkative bunch?");
  await answered();
  return root;
}

/** Interrupts Jonas's connection; shows that he receives all missed events, his unread counts and a notification of a mention. */
async function showReconnect({ presenter, channelId, mira, jonas, answered }: Demo): Promise<void> {
  const { transcript, participants } = presenter;
  const { lastReadSeq } = await jonas.markRead();
  await presenter.pause(600);
  transcript.blankLine();
  jonas.proxy.block();
  await jonas.waitForOffline();
  const lastSeq = jonas.room.place?.seq ?? 0;
  const eventsBefore = jonas.events.length;
  transcript.failure(
    `Jonas enters a tunnel: his TCP connection is reset, without a close frame, after event #${lastSeq}`,
  );
  await presenter.send(mira, "Shall I book a table?");
  const call = await presenter.send(mira, `@${jonas.user.username} you froze.`);
  const waiting = "Tunnel. Book one by the window, please!";
  await presenter.typingPause(waiting);
  const sent = jonas.send(waiting);
  transcript.note(`Jonas, offline, sends “${waiting}”; the message waits in his client`);
  await presenter.send(mira, "@tally who is winning now?");
  await answered();
  await presenter.pause(600);

  const head = mira.room.place?.seq ?? 0;
  jonas.proxy.unblock();
  transcript.note(`Jonas leaves the tunnel: his client reconnects and resumes after #${lastSeq}`);
  await jonas.waitForEvent(head);
  const got = jonas.events.slice(eventsBefore).filter(({ seq }) => seq <= head);
  transcript.recovery(
    `Jonas is live again: ${head - lastSeq} events missed, ${got.length} received, #${got[0]?.seq} to #${got.at(-1)?.seq}`,
  );
  const message = await sent;
  await Promise.all(participants.map((participant) => participant.waitForEvent(message.seq)));
  transcript.message(jonas, message.content, `#${message.seq} · sent offline, stored once`);

  const [{ unread, mentions }, notice] = await Promise.all([
    jonas.unreadIn(channelId, message.seq, lastReadSeq),
    jonas.notificationOf(call),
  ]);
  transcript.note(
    `Jonas has ${unread} unread messages (mentions: ${mentions}); his notification: a ${notice.kind} by Mira, #${notice.channelSeq}`,
  );
  const left = await jonas.markRead();
  transcript.note(`He reads up to #${left.lastReadSeq}: ${left.unread} unread`);
  await presenter.send(mira, "Done. Ten o'clock, by the window.");
  await presenter.send(jonas, "See you there!");
  await presenter.showStatus(jonas, mira, ["🍰", "Cake at ten"]);
}

/** Shares a file, which Jonas can read and a non-member cannot; then Jonas searches for messages. */
async function showFileAndSearch({ url, presenter, mira, jonas }: Demo): Promise<void> {
  const { transcript, participants } = presenter;
  transcript.blankLine();
  const text = "Ten: coffee. Eleven: cake. Twelve: nothing.\n";
  const file = await upload(mira.client, new File([text], "plan.txt", { type: "text/plain" }));
  const send = () => mira.send("The plan.", [file.id]);
  await presenter.sendAndMeasure(mira, send, `with ${file.name}, ${file.sizeBytes} bytes `);
  const params = { fileId: file.id };
  const got = await (await jonas.client.call(getFileContent, { params })).text();
  const nonMember = await Participant.register("Otto", runTag(), url);
  const outcome = await nonMember.client.call(getFileContent, { params }).then(
    () => "bytes",
    (error: ParleyError) => error.code,
  );
  await nonMember.close();
  transcript.note(
    `Jonas gets ${got === text ? "the same bytes" : "OTHER BYTES"}; Otto, who is not in the channel, gets ${outcome}`,
  );
  if (got !== text || outcome !== "not_found")
    throw new Error("A member got other bytes, or a non-member could read the file");
  for (const q of ["sharing is:thread", "eleven OR plan has:file"]) {
    const hit = await jonas.search(q);
    const author = participants.find(({ user }) => user.id === hit.authorId)?.name ?? "unknown";
    transcript.note(`Jonas searches for ${q}: ${author}'s “${hit.content}” #${hit.seq}`);
  }
}

/** Shows a direct message between the two users; returns the id of its channel. */
async function showDirectMessage({ presenter, mira, jonas }: Demo): Promise<string> {
  const { transcript } = presenter;
  transcript.blankLine();
  const { id: channelId } = await jonas.client.call(openDirectMessage, {
    body: { userIds: [mira.user.id] },
  });
  const content = "Psst: I forgot my wallet. Lend me ten?";
  await presenter.typingPause(content);
  const message = requireMessage(
    await jonas.client.call(createMessage, { params: { channelId }, body: { content } }),
  );
  const notice = await mira.notificationOf(message);
  transcript.message(jonas, content, `to Mira alone · her notification: a ${notice.kind} message`);
  const answer = "Eat first, pay later.";
  await presenter.typingPause(answer);
  await mira.client.call(createMessage, { params: { channelId }, body: { content: answer } });
  transcript.message(mira, answer, "to Jonas alone");
  for (const participant of [mira, jonas]) await participant.markAllRead(channelId);
  return channelId;
}
