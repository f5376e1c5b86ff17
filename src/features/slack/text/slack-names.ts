/**
 * Maps the ids in Slack's text to Parley's names. A function returns undefined for an unknown id, or for one that the caller may not
 * resolve; the text then shows the label that the sender supplied, which notifies no one.
 */
export interface SlackNames {
  /** Returns the username of a user, without `@`. */
  usernameOf: (slackUserId: string) => string | undefined;
  /** Returns the name of a channel, without `#`. */
  channelNameOf: (slackChannelId: string) => string | undefined;
  /** Returns the handle of a user group, without `@`. */
  groupHandleOf: (slackGroupId: string) => string | undefined;
}

/** Has a name for no id. */
export const noSlackNames: SlackNames = {
  usernameOf: () => undefined,
  channelNameOf: () => undefined,
  groupHandleOf: () => undefined,
};

/** Maps Parley's names to the ids in Slack's text, for names in lower case. The other direction of `SlackNames`. */
export interface SlackIds {
  userIdOf: (username: string) => string | undefined;
  channelIdOf: (name: string) => string | undefined;
  groupIdOf: (handle: string) => string | undefined;
}

/** Has an id for no name. */
export const noSlackIds: SlackIds = {
  userIdOf: () => undefined,
  channelIdOf: () => undefined,
  groupIdOf: () => undefined,
};
