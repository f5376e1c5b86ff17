import type { FileHit } from "../../../src/client/index.ts";
import { ChannelLabel } from "../channels/channel-label.tsx";
import { UserName } from "../ui/avatar.tsx";
import { Time } from "../ui/time.tsx";
import { FileLink } from "./files.tsx";
import { messagePath } from "./message-path.ts";

/** A file in a list, with a link to the message that it belongs to. */
export const FileRow = ({ hit, showsChannel = false }: { hit: FileHit; showsChannel?: boolean }) => {
  const { file, message, channel } = hit;
  return (
    <article class="card">
      <FileLink file={file} />
      <div class="row wrap small card-title">
        <UserName userId={message.authorId} />
        {showsChannel && <ChannelLabel channelId={message.channelId} channel={channel} />}
        <a href={messagePath(message)}>
          <Time at={message.createdAt} format="full" />
          <span class="visually-hidden">: go to the message</span>
        </a>
      </div>
    </article>
  );
};
