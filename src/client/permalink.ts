/** A message by its place in a channel. */
export interface MessagePlace {
  channelId: string;
  seq: number;
}

const linkPath = /^\/c\/(chn_[0-7][0-9A-HJKMNP-TV-Z]{25})\/([1-9]\d{0,14})$/;

/**
 * Returns the permalink of a message or thread reply.
 *
 * @param origin - the public origin of the server, such as `https://chat.example.com`
 */
export const permalinkOf = (origin: string, { channelId, seq }: MessagePlace): string =>
  `${new URL(origin).origin}/c/${channelId}/${seq}`;

/**
 * Returns the place that a permalink names; undefined for any other URL. `getMessageAt` returns the message.
 *
 * @param origin - the public origin of the server; links of other origins are not permalinks
 */
export function parsePermalink(origin: string, link: string): MessagePlace | undefined {
  if (!URL.canParse(link)) return undefined;
  const url = new URL(link);
  const [, channelId, seq] = linkPath.exec(url.pathname) ?? [];
  if (channelId === undefined || url.origin !== new URL(origin).origin) return undefined;
  return { channelId, seq: Number(seq) };
}
