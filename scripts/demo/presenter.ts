import { setTimeout as sleep } from "node:timers/promises";
import type { Message } from "../../src/client/index.ts";
import type { Participant } from "./participant.ts";
import type { Transcript } from "./transcript.ts";

/** Lets people type, waits until all who are there have what was said, and tells the stage how long that took. */
export class Presenter {
  readonly participants: Participant[] = [];
  readonly transcript: Transcript;
  readonly #pace: number;

  /** `pace` multiplies every pause; 0 for none. */
  constructor(stage: Transcript, pace: number) {
    this.transcript = stage;
    this.#pace = pace;
  }

  addParticipant(person: Participant): void {
    this.participants.push(person);
    this.transcript.addParticipant(person);
  }

  pause(ms: number): Promise<void> {
    return sleep(ms * this.#pace);
  }

  typingPause(text: string): Promise<void> {
    return this.pause(Math.min(1_600, 300 + text.length * 22));
  }

  /** Somebody types, and somebody else sees it. */
  async showTyping(person: Participant, watcher: Participant): Promise<void> {
    const begun = performance.now();
    person.room.typing();
    await watcher.waitForTyping(person);
    this.transcript.note(`${person.name} is typing … ${watcher.name} sees it after ${msSince(begun)} ms`);
  }

  /** Somebody says something about themselves, and somebody else sees it beside their name. */
  async showStatus(person: Participant, watcher: Participant, [emoji, text]: [string, string]): Promise<void> {
    const begun = performance.now();
    await person.setStatus(text, emoji);
    await watcher.waitForStatus(person, ({ custom }) => custom?.text === text);
    this.transcript.note(
      `${person.name} is now ${emoji} “${text}”; ${watcher.name} sees it after ${msSince(begun)} ms`,
    );
  }

  async send(person: Participant, text: string): Promise<Message> {
    await this.typingPause(text);
    return this.sendAndMeasure(person, () => person.send(text));
  }

  async reply(person: Participant, root: Message, text: string): Promise<Message> {
    await this.typingPause(text);
    return this.sendAndMeasure(person, () => person.reply(root, text), `in the thread of #${root.seq} `);
  }

  async sendAndMeasure(person: Participant, send: () => Promise<Message>, remark = ""): Promise<Message> {
    const begun = performance.now();
    const message = await send();
    const audience = this.#online;
    await Promise.all(audience.map((one) => one.waitForEvent(message.rev)));
    this.transcript.message(person, message.content, `#${message.rev} ${remark}· ${this.#describeDelivery(audience, begun)}`);
    return message;
  }

  async react(person: Participant, message: Message, emoji: string): Promise<void> {
    await this.pause(600);
    const begun = performance.now();
    await person.react(message, emoji);
    const audience = this.#online;
    await Promise.all(audience.map((one) => one.waitForReaction(person, message)));
    this.transcript.message(person, emoji, `on #${message.seq} · ${this.#describeDelivery(audience, begun)}`);
  }

  get #online(): Participant[] {
    return this.participants.filter(({ room }) => room.state === "live");
  }

  #describeDelivery(audience: Participant[], begun: number): string {
    return `${audience.length} of ${this.participants.length} in ${msSince(begun)} ms`;
  }
}

const msSince = (begun: number): number => Math.max(1, Math.round(performance.now() - begun));
