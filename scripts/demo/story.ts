import { setTimeout as sleep } from "node:timers/promises";
import { createChannel } from "../../src/client/index.ts";
import type { Message } from "../../src/client/index.ts";
import { runTag } from "../support/run-tag.ts";
import { compareViews } from "./agreement.ts";
import type { Verdict } from "./agreement.ts";
import { startTally } from "./bot.ts";
import { Person } from "./person.ts";
import type { Stage } from "./stage.ts";

export interface StoryOptions {
  url: string;
  stage: Stage;
  /** Multiplies every pause; 0 for none. */
  pace: number;
}

/** Plays the whole demo and compares what everyone saw. */
export async function playStory({ url, stage, pace }: StoryOptions): Promise<Verdict> {
  const tag = runTag();
  const cast: Person[] = [];
  const rest = (ms: number) => sleep(ms * pace);
  const typing = (text: string) => rest(Math.min(2_600, 500 + text.length * 38));
  const present = () => cast.filter(({ room }) => room.state === "live");

  /** Sends, waits until all who are there have it, and says how long that took. */
  const tell = async (person: Person, send: () => Promise<Message>, remark = "") => {
    const begun = performance.now();
    const message = await send();
    const audience = present();
    await Promise.all(audience.map((one) => one.hasSeen(message.rev)));
    const ms = Math.max(1, Math.round(performance.now() - begun));
    stage.said(
      person,
      message.content,
      `#${message.rev} ${remark}· ${audience.length} of ${cast.length} in ${ms} ms`,
    );
    return message;
  };
  const say = async (person: Person, text: string) => {
    await typing(text);
    return tell(person, () => person.say(text));
  };

  try {
    for (const name of ["Mira", "Jonas", "Tally"]) {
      const person = await Person.register(name, tag, url);
      cast.push(person);
      stage.enter(person);
    }
    const [mira, jonas, tally] = cast as [Person, Person, Person];
    stage.note(
      `Mira, Jonas and the bot Tally register as ${cast.map(({ user }) => user.username).join(", ")}`,
    );

    const channel = await mira.client.call(createChannel, {
      body: { name: `coffee-${tag}`, isPrivate: true },
    });
    for (const guest of [jonas, tally]) await mira.add(guest, channel.id);
    stage.note(`Mira opens the private channel #${channel.name} and adds the other two`);
    await Promise.all(cast.map((person) => person.enter(channel.id)));
    stage.note("All three are live, each on a WebSocket of their own");
    stage.pause();
    const { answered } = startTally(tally, cast, (text) => say(tally, text));

    await say(mira, "Morning! Coffee at ten?");
    const typo = await say(jonas, "Gladly. The place with teh good cake?");
    await say(mira, "That one. They have crème brûlée, too.");
    await rest(700);
    await tell(jonas, () => jonas.edit(typo, "Gladly. The place with the good cake?"), `edits #${typo.seq} `);
    await say(mira, "@tally are we a talkative bunch?");
    await answered();
    await rest(900);

    stage.pause();
    jonas.cable.unplug();
    await jonas.isOffline();
    const place = jonas.room.place?.seq ?? 0;
    const eventsBefore = jonas.events.length;
    stage.trouble(
      `Jonas enters a tunnel: his TCP connection is reset, no close frame. He has all up to #${place}`,
    );
    await say(mira, "Shall I book a table?");
    await say(mira, "Jonas? You froze.");
    const waiting = "Tunnel. Book one by the window, please!";
    await typing(waiting);
    const sent = jonas.say(waiting);
    stage.note(`Jonas, offline, types “${waiting}” It waits in his client`);
    await say(mira, "@tally who is winning now?");
    await answered();
    await rest(900);

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
    await say(mira, "Done. Ten o'clock, by the window.");
    await say(jonas, "See you there!");

    stage.pause();
    return await compareViews(cast, channel.id);
  } finally {
    await Promise.all(cast.map((person) => person.leave()));
  }
}
