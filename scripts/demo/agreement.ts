import { createHash } from "node:crypto";
import { getChannelMessages } from "../../src/client/index.ts";
import type { Message } from "../../src/client/index.ts";
import type { Person } from "./person.ts";

export interface View {
  of: string;
  messages: number;
  lastSeq: number;
  /** Of all that the view says of its messages, in their order. */
  fingerprint: string;
}

export interface Verdict {
  views: View[];
  /** In words; none means that all agree. */
  differences: string[];
}

/** Compares what each person saw with each other and with the history that the server gives by REST. */
export async function compareViews(people: Person[], channelId: string): Promise<Verdict> {
  const [witness] = people;
  if (!witness) return { views: [], differences: ["Nobody was there"] };
  const history = viewOf("REST history", await wholeHistory(witness, channelId));
  const views = people.map(({ name, view }) => viewOf(name, view.list()));
  const differences = views
    .filter(({ fingerprint }) => fingerprint !== history.fingerprint)
    .map(({ of }) => `${of} saw something else than the history holds`);
  if (history.messages === 0) differences.push("The history is empty");
  for (const { name, events } of people) {
    const broken = events.find(({ seq }, index) => index > 0 && seq !== (events[index - 1]?.seq ?? 0) + 1);
    if (broken) differences.push(`${name} did not get the event before #${broken.seq}, or got it twice`);
  }
  return { views: [...views, history], differences };
}

function viewOf(of: string, messages: Message[]): View {
  const said = messages.map(({ id, seq, rev, authorId, content, version }) => [
    id,
    seq,
    rev,
    authorId,
    content,
    version,
  ]);
  const fingerprint = createHash("sha256").update(JSON.stringify(said)).digest("hex").slice(0, 10);
  return { of, messages: messages.length, lastSeq: messages.at(-1)?.seq ?? 0, fingerprint };
}

async function wholeHistory({ client }: Person, channelId: string): Promise<Message[]> {
  const messages: Message[] = [];
  for (let more = true; more;) {
    const after = messages.at(-1)?.seq ?? 0;
    const page = await client.call(getChannelMessages, {
      params: { channelId },
      query: { after, limit: 100 },
    });
    messages.push(...page.items);
    more = page.hasMoreAfter && page.items.length > 0;
  }
  return messages;
}
