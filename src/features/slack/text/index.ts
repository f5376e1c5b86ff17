export { attachmentsToMarkdown, maxAttachments } from "./attachments.ts";
export { areBlocks, blocksToMarkdown, maxBlocks } from "./blocks.ts";
export { decodeEntities, encodeEntities } from "./entities.ts";
export { markdownLink, truncate } from "./escape-markdown.ts";
export { fromMrkdwn } from "./from-mrkdwn.ts";
export type { MrkdwnOptions } from "./inline-mrkdwn.ts";
export { isObject, type JsonObject, objectOf, objectsOf, stringOf } from "./json-values.ts";
export {
  maxKeptBytes,
  slackMessageText,
  type SlackMessageFields,
  type SlackMessageText,
} from "./message-text.ts";
export { noSlackIds, noSlackNames, type SlackIds, type SlackNames } from "./slack-names.ts";
export { toMrkdwn } from "./to-mrkdwn.ts";
