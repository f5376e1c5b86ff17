import { setTimeout as sleep } from "node:timers/promises";
import type { Message } from "../../src/client/index.ts";
import type { Participant } from "./participant.ts";
import type { Transcript } from "./transcript.ts";

/** Runs actions of participants, waits until all connected ones have received the result, and prints the latency. */
export class Presenter {
  readonly participants: Participant[] = [];
  readonly transcript: Transcript;
  readonly #pace: number;

  /** @param pace - multiplies every pause; 0: no pauses */
  constructor(transcript: Transcript, pace: number) {
    this.transcript = transcript;
    this.#pace = pace;
  }

  addParticipant(participant: Participant): void {
    this.participants.push(participant);
    this.transcript.addParticipant(participant);
  }

  pause(ms: number): Promise<void> {
    return sleep(ms * this.#pace);
  }

  typingPause(text: string): Promise<void> {
    return this.pause(Math.min(1_600, 300 + text.length * 22));
  }

  /** Shows the typing indicator of one participant at another one. */
  async showTyping(participant: Participant, observer: Participant): Promise<void> {
    const startedMs = performance.now();
    participant.room.typing();
    await observer.waitForTyping(participant);
    this.transcript.note(
      `${participant.name} is typing … ${observer.name} sees it after ${msSince(startedMs)} ms`,
    );
  }

  /** Sets the status of one participant, and shows it at another one. */
  async showStatus(
    participant: Participant,
    observer: Participant,
    [emoji, text]: [string, string],
  ): Promise<void> {
    const startedMs = performance.now();
    await participant.setStatus(text, emoji);
    await observer.waitForStatus(participant, ({ custom }) => custom?.text === text);
    this.transcript.note(
      `${participant.name} is now ${emoji} “${text}”; ${observer.name} sees it after ${msSince(startedMs)} ms`,
    );
  }

  async send(participant: Participant, text: string): Promise<Message> {
    await this.typingPause(text);
    return this.sendAndMeasure(participant, () => participant.send(text));
  }

  async reply(participant: Participant, root: Message, text: string): Promise<Message> {
    await this.typingPause(text);
    return this.sendAndMeasure(
      participant,
      () => participant.reply(root, text),
      `in the thread of #${root.seq} `,
    );
  }

  async sendAndMeasure(
    participant: Participant,
    send: () => Promise<Message>,
    remark = "",
  ): Promise<Message> {
    const startedMs = performance.now();
    const message = await send();
    const receivers = this.#online;
    await Promise.all(receivers.map((one) => one.waitForEvent(message.rev)));
    this.transcript.message(
      participant,
      message.content,
      `#${message.rev} ${remark}· ${this.#describeDelivery(receivers, startedMs)}`,
    );
    return message;
  }

  async react(participant: Participant, message: Message, emoji: string): Promise<void> {
    await this.pause(600);
    const startedMs = performance.now();
    await participant.react(message, emoji);
    const receivers = this.#online;
    await Promise.all(receivers.map((one) => one.waitForReaction(participant, message)));
    this.transcript.message(
      participant,
      emoji,
      `on #${message.seq} · ${this.#describeDelivery(receivers, startedMs)}`,
    );
  }

  get #online(): Participant[] {
    return this.participants.filter(({ room }) => room.state === "live");
  }

  #describeDelivery(receivers: Participant[], startedMs: number): string {
    return `${receivers.length} of ${this.participants.length} in ${msSince(startedMs)} ms`;
  }
}

const msSince = (startedMs: number): number => Math.max(1, Math.round(performance.now() - startedMs));
