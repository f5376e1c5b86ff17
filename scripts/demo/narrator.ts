import { setTimeout as sleep } from "node:timers/promises";
import type { Message } from "../../src/client/index.ts";
import type { Person } from "./person.ts";
import type { Stage } from "./stage.ts";

/** Lets people type, waits until all who are there have what was said, and tells the stage how long that took. */
export class Narrator {
  readonly cast: Person[] = [];
  readonly stage: Stage;
  readonly #pace: number;

  /** `pace` multiplies every pause; 0 for none. */
  constructor(stage: Stage, pace: number) {
    this.stage = stage;
    this.#pace = pace;
  }

  enter(person: Person): void {
    this.cast.push(person);
    this.stage.enter(person);
  }

  rest(ms: number): Promise<void> {
    return sleep(ms * this.#pace);
  }

  typing(text: string): Promise<void> {
    return this.rest(Math.min(1_600, 300 + text.length * 22));
  }

  /** Somebody types, and somebody else sees it. */
  async showTyping(person: Person, watcher: Person): Promise<void> {
    const begun = performance.now();
    person.room.typing();
    await watcher.seesTyping(person);
    this.stage.note(`${person.name} is typing … ${watcher.name} sees it after ${msSince(begun)} ms`);
  }

  /** Somebody says something about themselves, and somebody else sees it beside their name. */
  async showStatus(person: Person, watcher: Person, [emoji, text]: [string, string]): Promise<void> {
    const begun = performance.now();
    await person.setStatus(text, emoji);
    await watcher.sees(person, ({ custom }) => custom?.text === text);
    this.stage.note(
      `${person.name} is now ${emoji} “${text}”; ${watcher.name} sees it after ${msSince(begun)} ms`,
    );
  }

  async say(person: Person, text: string): Promise<Message> {
    await this.typing(text);
    return this.tell(person, () => person.say(text));
  }

  async reply(person: Person, root: Message, text: string): Promise<Message> {
    await this.typing(text);
    return this.tell(person, () => person.reply(root, text), `in the thread of #${root.seq} `);
  }

  async tell(person: Person, send: () => Promise<Message>, remark = ""): Promise<Message> {
    const begun = performance.now();
    const message = await send();
    const audience = this.#present;
    await Promise.all(audience.map((one) => one.hasSeen(message.rev)));
    this.stage.said(person, message.content, `#${message.rev} ${remark}· ${this.#reach(audience, begun)}`);
    return message;
  }

  async react(person: Person, message: Message, emoji: string): Promise<void> {
    await this.rest(600);
    const begun = performance.now();
    await person.react(message, emoji);
    const audience = this.#present;
    await Promise.all(audience.map((one) => one.hasSeenReaction(person, message)));
    this.stage.said(person, emoji, `on #${message.seq} · ${this.#reach(audience, begun)}`);
  }

  get #present(): Person[] {
    return this.cast.filter(({ room }) => room.state === "live");
  }

  #reach(audience: Person[], begun: number): string {
    return `${audience.length} of ${this.cast.length} in ${msSince(begun)} ms`;
  }
}

const msSince = (begun: number): number => Math.max(1, Math.round(performance.now() - begun));
