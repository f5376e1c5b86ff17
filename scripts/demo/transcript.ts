import type { Colorize } from "../support/colors.ts";
import type { Participant } from "./participant.ts";
import type { Verdict } from "./compare-views.ts";

const colors = ["cyan", "yellow", "magenta"] as const;

/** What the audience sees: a transcript, with the machinery in grey at the right. */
export class Transcript {
  readonly #paint: Colorize;
  readonly #participants: Participant[] = [];

  constructor(paint: Colorize) {
    this.#paint = paint;
  }

  title(text: string, subtitle: string): void {
    console.log(`\n  ${this.#paint("bold", text)} ${this.#paint("dim", subtitle)}\n`);
  }

  /** Gives someone a colour. */
  addParticipant(person: Participant): void {
    this.#participants.push(person);
  }

  message(person: Participant, text: string, machinery: string): void {
    const name = this.#paint(["bold", this.#colorOf(person)], person.name.padEnd(6));
    console.log(`  ${this.#now()}  ${name}  ${text.padEnd(44)}  ${this.#paint("dim", machinery)}`);
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
        "  ✓ All views agree: nothing missing, nothing twice, in one order, nothing unread.",
      ),
    );
    console.log();
  }

  /** Tells how to administer the workspace, which had no account before the demo. */
  ownership({ username, password }: { username: string; password: string }): void {
    console.log(`  The workspace had no account before, so Mira owns it. To administer it, log in as her:`);
    console.log(`    username  ${username}\n    password  ${password}\n`);
  }

  #colorOf(person: Participant) {
    return colors[this.#participants.indexOf(person) % colors.length] ?? "white";
  }

  #now(): string {
    return this.#paint("dim", new Date().toTimeString().slice(0, 8));
  }
}
