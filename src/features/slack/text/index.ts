export { decodeEntities, encodeEntities } from "./entities.ts";
export { markdownLink, truncate } from "./escape-markdown.ts";
export { fromMrkdwn } from "./from-mrkdwn.ts";
export { isObject, type JsonObject, stringOf } from "./json-values.ts";
export { slackMessageText } from "./message-text.ts";
export { noSlackIds, noSlackNames, type SlackIds, type SlackNames } from "./slack-names.ts";
export { toMrkdwn } from "./to-mrkdwn.ts";
