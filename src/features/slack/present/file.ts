import type { FileRef } from "../../../protocol/index.ts";
import { encodeEntities } from "../text/index.ts";
import { slackFileId, slackUserId } from "../ids.ts";
import { unixSeconds } from "../timestamps.ts";

/** Returns a file as Slack's API describes it. Its addresses need the token, as Slack's do. */
export function presentFile(file: FileRef, origin: string, title: string = file.name) {
  const { id, name, type, sizeBytes, uploaderId, createdAt, width, height } = file;
  const created = unixSeconds(createdAt);
  const url = `${origin}/v1/files/${id}/content`;
  const extension = /\.([A-Za-z0-9]{1,10})$/.exec(name)?.[1]?.toLowerCase() ?? "";
  return {
    id: slackFileId(id),
    created,
    timestamp: created,
    name: encodeEntities(name),
    title: encodeEntities(title),
    mimetype: type,
    filetype: extension,
    pretty_type: extension.toUpperCase(),
    user: slackUserId(uploaderId),
    size: sizeBytes,
    mode: "hosted",
    is_external: false,
    is_public: false,
    url_private: url,
    url_private_download: url,
    permalink: url,
    ...(width !== undefined && { original_w: width, original_h: height }),
  };
}
