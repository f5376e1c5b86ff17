let names: Promise<ReadonlySet<string>> | undefined;

/** Loads the names on first use, so that they are not parsed at start-up. */
async function load(): Promise<ReadonlySet<string>> {
  const lists = await Promise.all([
    import("emojibase-data/en/shortcodes/iamcal.json"),
    import("emojibase-data/en/shortcodes/github.json"),
  ]);
  return new Set(lists.flatMap(({ default: shortcodes }) => Object.values(shortcodes).flat()));
}

/** Whether clients and Slack show this name between colons as an emoji of Unicode, such as `thumbsup`. No custom emoji can have it. */
export async function isStandardEmojiName(name: string): Promise<boolean> {
  return (await (names ??= load())).has(name);
}
