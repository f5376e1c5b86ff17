import type { Message } from "../../../src/client/index.ts";
import type { Device } from "./device.ts";
import type { ChannelRecorder } from "./channel-recorder.ts";

const emojis = ["👍", "❤️", "🎉"];
const inFlight = 4;
const longestPauseMs = 120;

/** Runs a random command on a device: a new message in about two of three cases. */
export function runRandomCommand(device: Device, random: () => number): Promise<void> {
  const draw = <T>(from: readonly T[]): T | undefined => from[Math.floor(random() * from.length)];
  const recorder = draw(device.recorders) as ChannelRecorder;
  const { channelId } = recorder;
  const { recent } = recorder;
  const message = draw(recent);
  const own = draw(recent.filter((one) => one.authorId === device.person.userId && !isDeleted(one)));
  const dice = random();
  if (message && dice < 0.15) return device.sendMessage(channelId, message.id);
  if (message && dice < 0.25)
    return device.sendCommand(channelId, dice < 0.22 ? "reactionAdd" : "reactionRemove", {
      messageId: message.id,
      emoji: draw(emojis) ?? "👍",
    });
  if (dice < 0.3) return device.sendCommand(channelId, "read", { seq: recorder.position.seq });
  if (own && dice < 0.36)
    return device.sendCommand(channelId, own.threadId === null ? "messageUpdate" : "threadUpdate", {
      messageId: own.id,
      content: `${own.content.split(" (")[0]} (edited ${Math.floor(random() * 1e9)})`,
    });
  // Only acknowledged messages are deleted: a deleted one has lost its text, by which `verify.ts` finds unacknowledged ones.
  const deletable = own && device.acknowledged.has(own.id) ? own : undefined;
  if (deletable && dice < 0.39)
    return device.sendCommand(channelId, deletable.threadId === null ? "messageDelete" : "threadDelete", {
      messageId: deletable.id,
    });
  return device.sendMessage(channelId);
}

/** Keeps up to four commands in flight, with random pauses, until `isOver`. A closed device sends none until it is opened again. */
export async function runWorkload(
  device: Device,
  random: () => number,
  isOver: () => boolean,
): Promise<void> {
  const busy = new Set<Promise<void>>();
  while (!isOver()) {
    if (device.isOpen && busy.size < inFlight) {
      const done: Promise<void> = runRandomCommand(device, random).finally(() => busy.delete(done));
      busy.add(done);
    }
    await new Promise((resolve) => setTimeout(resolve, random() * longestPauseMs));
  }
  await Promise.all(busy);
}

const isDeleted = ({ deletedAt }: Message): boolean => deletedAt !== null;
