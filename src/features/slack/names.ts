import { inParallel } from "../../lib/parallel.ts";
import { type Message, getChannel, getGroup, getUsers } from "../../protocol/index.ts";
import { slackGroupId, slackIdsIn, slackUserId } from "./ids.ts";
import type { ParleyApi } from "./api/parley-api.ts";
import { noSlackIds, type SlackIds, type SlackNames } from "./text/index.ts";

/** Ids of one message that are looked up. Of further ones, the text shows the label that the program sent. */
const maxNamed = { users: 100, channels: 10, groups: 10 };
const lookupsAtOnce = 5;

type NamedId = ReturnType<typeof slackIdsIn>[number];

/** Looks up a name for each id, by its form in Slack. Of what the caller may not see there is none. */
async function namesOf(
  ids: readonly NamedId[],
  read: (id: string) => Promise<string | null>,
): Promise<Map<string, string>> {
  const names = new Map<string, string>();
  await inParallel(ids, lookupsAtOnce, async ({ slackId, id }) => {
    const name = await read(id).catch(() => null);
    if (name) names.set(slackId, name);
  });
  return names;
}

/** Looks up the users, channels and groups that the text or the blocks of a message name by their ids. At most one call for all users. */
export async function findNames(api: ParleyApi, content: unknown): Promise<SlackNames> {
  const text = JSON.stringify(content) ?? "";
  const users = slackIdsIn("user", text, maxNamed.users);
  const channels = slackIdsIn("channel", text, maxNamed.channels);
  const groups = slackIdsIn("group", text, maxNamed.groups);
  const usernames = new Map<string, string>();
  if (users.length > 0) {
    const ids = users.map(({ id }) => id).join(",");
    const { items } = await api.call(getUsers, { query: { ids, limit: 100 } });
    for (const { id, username } of items) usernames.set(slackUserId(id), username);
  }
  const channelNames = await namesOf(
    channels,
    async (channelId) => (await api.call(getChannel, { params: { channelId } })).name,
  );
  const handles = await namesOf(
    groups,
    async (groupId) => (await api.call(getGroup, { params: { groupId } })).handle,
  );
  return {
    usernameOf: (id) => usernames.get(id.replace(/^W/, "U")),
    channelNameOf: (id) => channelNames.get(id),
    groupHandleOf: (id) => handles.get(id),
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
