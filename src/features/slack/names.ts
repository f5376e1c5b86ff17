import { inParallel } from "../../lib/parallel.ts";
import { type Message, getChannel, getGroup, getUsers } from "../../protocol/index.ts";
import { parseSlackId, slackGroupId, slackUserId } from "./ids.ts";
import type { ParleyApi } from "./api/parley-api.ts";
import { noSlackIds, noSlackNames, type SlackIds, type SlackNames } from "./text/index.ts";

/** Ids of one message that are looked up. Of further ones, the text shows the label that the program sent. */
const maxNamed = { users: 100, channels: 10, groups: 10 };
const lookupsAtOnce = 5;

const idsIn = (text: string, pattern: RegExp, max: number): string[] =>
  [...new Set(text.match(pattern) ?? [])].slice(0, max);

/** Looks up the users and channels that the text or the blocks of a message name by their ids. At most one call for all users. */
export async function findNames(api: ParleyApi, content: unknown): Promise<SlackNames> {
  const text = JSON.stringify(content) ?? "";
  const users = idsIn(text, /\b[UW][0-9A-Z]{26}\b/g, maxNamed.users);
  const channels = idsIn(text, /\bC[0-9A-Z]{26}\b/g, maxNamed.channels);
  const groups = idsIn(text, /\bS[0-9A-Z]{26}\b/g, maxNamed.groups);
  if (users.length + channels.length + groups.length === 0) return noSlackNames;
  const usernames = new Map<string, string>();
  const ids = users.flatMap((id) => parseSlackId("user", id) ?? []);
  if (ids.length > 0) {
    const { items } = await api.call(getUsers, { query: { ids: ids.join(","), limit: 100 } });
    for (const { id, username } of items) usernames.set(slackUserId(id), username);
  }
  const channelNames = new Map<string, string>();
  await inParallel(channels, lookupsAtOnce, async (id) => {
    const channelId = parseSlackId("channel", id);
    if (channelId === undefined) return;
    // A channel that the caller may not see has no name for them.
    const channel = await api.call(getChannel, { params: { channelId } }).catch(() => undefined);
    if (channel?.name) channelNames.set(id, channel.name);
  });
  const handles = new Map<string, string>();
  await inParallel(groups, lookupsAtOnce, async (id) => {
    const groupId = parseSlackId("group", id);
    if (groupId === undefined) return;
    const group = await api.call(getGroup, { params: { groupId } }).catch(() => undefined);
    if (group) handles.set(id, group.handle);
  });
  return {
    groupHandleOf: (id) => handles.get(id),
    usernameOf: (id) => usernames.get(id.replace(/^W/, "U")),
    channelNameOf: (id) => channelNames.get(id),
  };
}

/** Returns the ids of the users and groups that a message mentions, by the names in its text. The server has resolved them when it was written. */
export function idsOfMentions({ content, entities = [] }: Pick<Message, "content" | "entities">): SlackIds {
  const mentions = entities.filter((entity) => entity.type === "mention");
  const groups = entities.filter((entity) => entity.type === "groupMention");
  const groupIds = new Map(
    groups.flatMap(({ group, groupId }) => (groupId === undefined ? [] : [[group, slackGroupId(groupId)]])),
  );
  if (mentions.length + groupIds.size === 0) return noSlackIds;
  const points = [...content];
  const ids = new Map(
    mentions.map(({ offset, length, userId }) => [
      points
        .slice(offset + 1, offset + length)
        .join("")
        .toLowerCase(),
      slackUserId(userId),
    ]),
  );
  return {
    ...noSlackIds,
    userIdOf: (username) => ids.get(username),
    groupIdOf: (handle) => groupIds.get(handle),
  };
}
