import type { Message } from "../../../src/client/index.ts";
import type { Device } from "./device.ts";
import type { Watch } from "./watch.ts";

const emojis = ["👍", "❤️", "🎉"];
const inFlight = 4;
const longestPauseMs = 120;

/** What a device does next, drawn: mostly it says something. */
export function doSomething(device: Device, random: () => number): Promise<void> {
  const draw = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)];
  const watch = draw(device.watches) as Watch;
  const { channelId } = watch;
  const known = watch.recent;
  const message = draw(known);
  const own = draw(known.filter((one) => one.authorId === device.person.userId && isWhole(one)));
  const dice = random();
  if (message && dice < 0.15) return device.say(channelId, message.id);
  if (message && dice < 0.25)
    return device.act(channelId, dice < 0.22 ? "reactionAdd" : "reactionRemove", {
      messageId: message.id,
      emoji: draw(emojis) ?? "👍",
    });
  if (dice < 0.3) return device.act(channelId, "read", { seq: watch.place.seq });
  if (own && dice < 0.36)
    return device.act(channelId, own.threadId === null ? "messageUpdate" : "threadUpdate", {
      messageId: own.id,
      content: `${own.content.split(" (")[0]} (edited ${Math.floor(random() * 1e9)})`,
    });
  // Only what its sender knows to be there is deleted, so that its text, which is then gone, need not be looked for.
  const doomed = own && device.acknowledged.has(own.id) ? own : undefined;
  if (doomed && dice < 0.39)
    return device.act(channelId, doomed.threadId === null ? "messageDelete" : "threadDelete", {
      messageId: doomed.id,
    });
  return device.say(channelId);
}

/** Keeps a few commands in flight, with pauses, until `isOver`. A device that is closed waits until it is opened again. */
export async function keepBusy(device: Device, random: () => number, isOver: () => boolean): Promise<void> {
  const busy = new Set<Promise<void>>();
  while (!isOver()) {
    if (device.isOpen && busy.size < inFlight) {
      const done: Promise<void> = doSomething(device, random).finally(() => busy.delete(done));
      busy.add(done);
    }
    await new Promise((resolve) => setTimeout(resolve, random() * longestPauseMs));
  }
  await Promise.all(busy);
}

const isWhole = ({ deletedAt }: Message): boolean => deletedAt === null;
