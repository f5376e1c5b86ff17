import { type CustomEmoji, deleteEmoji, getCustomEmoji } from "../../../../src/client/index.ts";
import { sizeText } from "../../messages/files.tsx";
import { useWorkspace } from "../../state/context.ts";
import { EmptyState } from "../../ui/states.tsx";
import { Time } from "../../ui/time.tsx";
import { useDialog } from "../forms/use-dialog.tsx";
import { UserCell } from "../lists/cells.tsx";
import { PageHeader } from "../lists/page-header.tsx";
import { PagedTable } from "../lists/paged-table.tsx";
import { useActions } from "../lists/use-actions.ts";
import { pageQuery, usePages } from "../../ui/use-pages.ts";
import { CreateAlias } from "./create-alias.tsx";
import { UploadEmoji } from "./upload-emoji.tsx";

/** The custom emoji of the workspace. */
export function EmojiPage() {
  const workspace = useWorkspace();
  const { client } = workspace;
  const emoji = usePages(
    (cursor, signal) => client.call(getCustomEmoji, { query: pageQuery(cursor), signal }),
    [],
    ({ name }) => name,
  );
  const actions = useActions();
  const dialog = useDialog();
  const onCreated = (): void => {
    emoji.reload();
    void workspace.loadEmoji().catch(() => {});
  };
  const remove = ({ name, aliasOf }: CustomEmoji): Promise<boolean> =>
    actions.run({
      key: name,
      question: {
        title: `Delete :${name}:?`,
        text:
          aliasOf === null
            ? "Its aliases are deleted with it. Existing messages and reactions show its name instead."
            : "The emoji itself stays. Existing messages and reactions show this name instead.",
        action: "Delete",
      },
      work: async () => {
        await client.call(deleteEmoji, { params: { name } });
        onCreated();
      },
      done: "Emoji deleted",
    });
  const upload = (): void => dialog.open((close) => <UploadEmoji onCreated={onCreated} onClose={close} />);
  const addAlias = (name: string): void =>
    dialog.open((close) => <CreateAlias aliasOf={name} onCreated={onCreated} onClose={close} />);
  return (
    <>
      <PageHeader title="Custom emoji" intro="Everybody can use them in messages and reactions, as :name:.">
        <button type="button" class="button primary" onClick={upload}>
          Upload an emoji
        </button>
      </PageHeader>
      <PagedTable
        label="Custom emoji"
        from={emoji}
        nameOf={({ name }) => `:${name}:`}
        isBusy={({ name }) => actions.isBusy(name)}
        empty={
          <EmptyState title="There are no custom emoji yet">
            <p>Upload a PNG, GIF, WebP or JPEG image of at most 256 KiB.</p>
          </EmptyState>
        }
        columns={[
          {
            title: "Emoji",
            cell: ({ imageUrl, name }) => <img class="emoji-preview" src={imageUrl} alt={`:${name}:`} />,
          },
          { title: "Name", cell: ({ name }) => `:${name}:` },
          { title: "Image", cell: imageText },
          {
            title: "Created by",
            cell: ({ createdBy }) => (createdBy === null ? null : <UserCell userId={createdBy} />),
          },
          { title: "Created", cell: ({ createdAt }) => <Time at={createdAt} format="full" /> },
        ]}
        actions={(item) => [
          ...(item.aliasOf === null
            ? [
                {
                  label: "Add another name",
                  icon: "add" as const,
                  onSelect: () => addAlias(item.name),
                },
                "separator" as const,
              ]
            : []),
          { label: "Delete", icon: "trash", isDanger: true, onSelect: () => void remove(item) },
        ]}
      />
      {dialog.shown}
    </>
  );
}

const imageText = ({ aliasOf, width, height, sizeBytes }: CustomEmoji): string =>
  aliasOf === null ? `${width} × ${height}, ${sizeText(sizeBytes)}` : `that of :${aliasOf}:`;
