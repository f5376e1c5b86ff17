import { Fragment } from "preact";
import {
  getStorage,
  getUserStorage,
  limits,
  type StorageUsage,
  type UserStorage,
} from "../../../../src/client/index.ts";
import { sizeText } from "../../messages/files.tsx";
import { useWorkspace } from "../../state/context.ts";
import { EmptyState, Load } from "../../ui/states.tsx";
import { useLoad } from "../../ui/use-load.ts";
import { UserCell } from "../lists/cells.tsx";
import { PagedTable } from "../lists/paged-table.tsx";
import { pageQuery, usePages } from "../../ui/use-pages.ts";

/** Users of one page. */
const usersPerPage = 20;

/** How much space files, emoji and the databases take, and who has the most files. */
export function StorageSections() {
  const { client } = useWorkspace();
  const storage = useLoad((signal) => client.call(getStorage, { signal }), []);
  const users = usePages<UserStorage>(
    (cursor, signal) =>
      client.call(getUserStorage, { query: { limit: usersPerPage, ...pageQuery(cursor) }, signal }),
    [],
    ({ userId }) => userId,
  );
  return (
    <>
      <section class="stack">
        <h3>Space in use</h3>
        <Load from={storage}>{(value) => <Usage value={value} />}</Load>
      </section>
      <section class="stack">
        <h3>Files by user</h3>
        <PagedTable
          label="Files by user"
          from={users}
          empty={<EmptyState title="Nobody has uploaded a file yet" />}
          columns={[
            { title: "User", cell: ({ userId }) => <UserCell userId={userId} /> },
            { title: "Files", cell: ({ files }) => files.toLocaleString() },
            { title: "Size", cell: ({ sizeBytes }) => sizeText(sizeBytes) },
          ]}
        />
      </section>
    </>
  );
}

const databaseLabels: Record<StorageUsage["databases"][number]["name"], string> = {
  main: "Database",
  search: "Search index",
};

const counted = (count: number, noun: string): string =>
  `${count.toLocaleString()} ${noun}${count === 1 ? "" : "s"}`;

const Usage = ({ value: { files, emoji, databases, unusedObjects } }: { value: StorageUsage }) => (
  <dl class="facts">
    <dt>Files</dt>
    <dd>
      {counted(files.count, "file")}, {sizeText(files.sizeBytes)} of {sizeText(files.quotaBytes)}{" "}
      <progress aria-label="Space that files take" max={files.quotaBytes} value={files.sizeBytes} />
    </dd>
    <dt>Custom emoji</dt>
    <dd>
      {counted(emoji.count, "image")}, {sizeText(emoji.sizeBytes)}
    </dd>
    {databases.map(({ name, sizeBytes }) => (
      <Fragment key={name}>
        <dt>{databaseLabels[name]}</dt>
        <dd>{sizeBytes === null ? "does not answer at the moment" : sizeText(sizeBytes)}</dd>
      </Fragment>
    ))}
    <dt>Objects that are about to be deleted</dt>
    <dd>
      {unusedObjects.toLocaleString()}
      {unusedObjects === limits.adminCounted && " or more"}
    </dd>
  </dl>
);
