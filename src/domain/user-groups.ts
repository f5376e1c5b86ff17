/** A user group as messages need it. */
export interface MentionableGroup {
  groupId: string;
  userIds: readonly string[];
}

/** Groups by handle. */
export type GroupsByHandle = ReadonlyMap<string, MentionableGroup>;
