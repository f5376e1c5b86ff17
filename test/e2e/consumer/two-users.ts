import { addMember, createChannel, createClient, ParleyError, TypingView } from "parley/client";
import type { Message, ParleyClient, Self } from "parley/client";

/** An application of an independent developer: two users talk over one socket each. */
const [url = "", tag = ""] = process.argv.slice(2);

async function register(name: string): Promise<{ client: ParleyClient; user: Self }> {
  const client = createClient({ url });
  const username = `${name}-${tag}`;
  const user = await client.register({
    email: `${username}@example.com`,
    username,
    password: "correct horse battery",
  });
  return { client, user };
}

const ann = await register("ann");
const bob = await register("bob");
const { id: channelId } = await ann.client.call(createChannel, { body: { name: `talk ${tag}` } });
const [anns, bobs] = [ann.client.connect(), bob.client.connect()];

const added = new Promise<string>((resolve) => bobs.on("memberJoin", ({ data }) => resolve(data.channelId)));
await bobs.live();
await ann.client.call(addMember, { params: { channelId }, body: { userId: bob.user.id } });
const [here, there] = [anns.subscribe(channelId), bobs.subscribe(await added)];
const received: Message[] = [];
const typists: string[][] = [];
new TypingView(there, { changed: (userIds) => typists.push(userIds) });
there.on("messageCreate", ({ data }) => received.push(data.message));
await Promise.all([here.live(), there.live()]);

here.typing();
while (typists.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
const { message } = await here.send("messageCreate", { content: "Hello from a tarball" });
if (!message) throw new Error("The message was run as a command");
await there.send("reactionAdd", { messageId: message.id, emoji: "👋" });
while (received.length === 0) await new Promise((resolve) => setTimeout(resolve, 20));
const rejected = await anns
  .send(channelId, "messageDelete", { messageId: channelId })
  .catch((error: unknown) => error);
anns.close();
bobs.close();

console.log(
  JSON.stringify({
    received: received.map(({ content, authorId }) => [content, authorId === ann.user.id]),
    typed: typists.map((userIds) => userIds.map((id) => id === ann.user.id)),
    rejected: rejected instanceof ParleyError && rejected.code,
    states: [anns.state, here.state],
  }),
);
