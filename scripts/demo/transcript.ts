import type { Colorize } from "../support/colors.ts";
import type { Participant } from "./participant.ts";
import type { Verdict } from "./compare-views.ts";

const colors = ["cyan", "yellow", "magenta"] as const;

/** Prints the demo's output: the conversation, with sequence numbers and latencies in grey at the right. */
export class Transcript {
  readonly #paint: Colorize;
  readonly #participants: Participant[] = [];

  constructor(paint: Colorize) {
    this.#paint = paint;
  }

  title(text: string, subtitle: string): void {
    console.log(`\n  ${this.#paint("bold", text)} ${this.#paint("dim", subtitle)}\n`);
  }

  /** Assigns a colour to a participant. */
  addParticipant(participant: Participant): void {
    this.#participants.push(participant);
  }

  message(participant: Participant, text: string, details: string): void {
    const name = this.#paint(["bold", this.#colorOf(participant)], participant.name.padEnd(6));
    console.log(`  ${this.#now()}  ${name}  ${text.padEnd(44)}  ${this.#paint("dim", details)}`);
  }

  note(text: string): void {
    console.log(`  ${this.#now()}  ${this.#paint("dim", text)}`);
  }

  failure(text: string): void {
    console.log(`  ${this.#now()}  ${this.#paint("red", `✂ ${text}`)}`);
  }

  recovery(text: string): void {
    console.log(`  ${this.#now()}  ${this.#paint("green", `↻ ${text}`)}`);
  }

  blankLine(): void {
    console.log();
  }

  verdict({ views, differences }: Verdict): void {
    const row = (cells: string[]) =>
      `  ${cells.map((cell, index) => cell.padEnd([10, 10, 9, 8, 12][index] ?? 0)).join("")}`;
    console.log(this.#paint("dim", row(["view of", "messages", "replies", "up to", "fingerprint"])));
    for (const { of, messages, replies, lastSeq, fingerprint } of views) {
      console.log(row([of, `${messages}`, `${replies}`, `#${lastSeq}`, fingerprint]));
    }
    console.log();
    for (const difference of differences) console.log(this.#paint("red", `  ✗ ${difference}`));
    if (differences.length > 0) return;
    console.log(
      this.#paint(
        ["bold", "green"],
        "  ✓ All views agree: no message is missing, duplicated, out of order or unread.",
      ),
    );
    console.log();
  }

  /** Prints the credentials of the workspace's owner, if the demo registered the first account. */
  ownership({ username, password }: { username: string; password: string }): void {
    console.log(
      `  Mira's account was the first one, so she owns the workspace. To administer it, log in as her:`,
    );
    console.log(`    username  ${username}\n    password  ${password}\n`);
  }

  #colorOf(participant: Participant) {
    return colors[this.#participants.indexOf(participant) % colors.length] ?? "white";
  }

  #now(): string {
    return this.#paint("dim", new Date().toTimeString().slice(0, 8));
  }
}
