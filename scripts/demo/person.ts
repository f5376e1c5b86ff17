import { addMember, createClient, getChannelMessages, MessageView } from "../../src/client/index.ts";
import type { EventEnvelope, Message, ParleyClient, Room, Self } from "../../src/client/index.ts";
import type { Cable } from "../support/cable.ts";
import { layCable } from "../support/cable.ts";

/** Someone in the demo: an account, a line to the server that can be cut, and what they have seen. */
export class Person {
  readonly name: string;
  readonly client: ParleyClient;
  readonly view = new MessageView();
  /** The logged events that arrived, in the order of arrival. */
  readonly events: EventEnvelope[] = [];
  readonly cable: Cable;
  #user: Self | null = null;
  #room: Room | null = null;

  private constructor(name: string, cable: Cable) {
    this.name = name;
    this.cable = cable;
    this.client = createClient({ url: cable.url, checkAnswers: true });
  }

  /** Registers an account whose name nobody else has, thanks to `tag`. */
  static async register(name: string, tag: string, url: string): Promise<Person> {
    const person = new Person(name, await layCable(url));
    const username = `${name.toLowerCase()}-${tag}`;
    const password = `demo-${crypto.randomUUID()}`;
    person.#user = await person.client.register({
      email: `${username}@demo.example`,
      username,
      password,
      displayName: name,
    });
    return person;
  }

  get user(): Self {
    if (!this.#user) throw new Error(`${this.name} has not registered`);
    return this.#user;
  }

  get room(): Room {
    if (!this.#room) throw new Error(`${this.name} is in no channel`);
    return this.#room;
  }

  async add(other: Person, channelId: string): Promise<void> {
    await this.client.call(addMember, { params: { channelId }, body: { userId: other.user.id } });
  }

  /** Opens the channel: a snapshot of its history, then everything since, live. */
  async enter(channelId: string): Promise<void> {
    const history = () =>
      this.client.call(getChannelMessages, { params: { channelId }, query: { limit: 100 } });
    // Someone who watches wants no half minute of waiting for a line that is there again.
    const backoff = { minMs: 200, maxMs: 1_000 };
    const room = this.client.room(channelId, {
      snapshot: async () => this.view.load(await history()),
      backoff,
    });
    room.on("event", (event) => {
      this.events.push(event);
      this.view.apply(event);
    });
    this.#room = room;
    await room.live();
  }

  async say(content: string): Promise<Message> {
    return (await this.room.send("messageCreate", { content })).message;
  }

  async edit(message: Message, content: string): Promise<Message> {
    return (await this.room.send("messageUpdate", { messageId: message.id, content })).message;
  }

  /** Resolves when the event `seq` has arrived. */
  async hasSeen(seq: number): Promise<void> {
    const arrived = () => (this.room.place?.seq ?? 0) >= seq;
    if (arrived()) return;
    await new Promise<void>((resolve) => {
      const stop = this.room.on("event", () => {
        if (!arrived()) return;
        stop();
        resolve();
      });
    });
  }

  /** Resolves when the client has noticed that its line is dead. */
  async isOffline(): Promise<void> {
    if (this.room.state === "live") await new Promise((resolve) => this.room.on("lost", resolve));
  }

  async leave(): Promise<void> {
    this.#room?.close();
    await this.cable.remove();
  }
}
