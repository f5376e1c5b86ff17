import type { ListedChannel } from "../../../../src/client/index.ts";
import { paths } from "../../router.ts";

/** Returns the name of a listed channel, or what distinguishes a private one that the admin may not read. */
export const listedName = ({ id, name }: Pick<ListedChannel, "id" | "name">): string =>
  name === null ? `private channel ${id.slice(-6)}` : `#${name}`;

/** A listed channel by its name, with a link to it if the admin may read it. */
export const ListedChannelName = ({ id, name }: Pick<ListedChannel, "id" | "name">) =>
  name === null ? (
    <span class="muted">Private channel {id.slice(-6)}</span>
  ) : (
    <a href={paths.channel(id)} dir="auto">
      #{name}
    </a>
  );
