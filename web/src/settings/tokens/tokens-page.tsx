import { useState } from "preact/hooks";
import { getTokens, revokeToken, type Token } from "../../../../src/client/index.ts";
import { channelName } from "../../channels/channel-name.ts";
import { useWorkspace } from "../../state/context.ts";
import type { Workspace } from "../../state/workspace.ts";
import { ActionButton } from "../../ui/action-button.tsx";
import { confirm } from "../../ui/dialog.tsx";
import { Load } from "../../ui/states.tsx";
import { Time } from "../../ui/time.tsx";
import { useLoad } from "../../ui/use-load.ts";
import { Section } from "../section.tsx";
import { CreateTokenDialog } from "./create-token-dialog.tsx";

/** Personal access tokens: for programs that act as the user. */
export function TokensPage() {
  const { client } = useWorkspace();
  const [isCreating, setCreating] = useState(false);
  const tokens = useLoad(async (signal) => (await client.call(getTokens, { signal })).items, []);
  const revoke = async (token: Token, all: readonly Token[]): Promise<void> => {
    const isConfirmed = await confirm({
      title: `Revoke the token “${token.name}”?`,
      text: "Programs that use it are rejected at once.",
      action: "Revoke",
      isDanger: true,
    });
    if (!isConfirmed) return;
    await client.call(revokeToken, { params: { tokenId: token.id } });
    tokens.set(all.filter(({ id }) => id !== token.id));
  };
  return (
    <Section
      title="Personal access tokens"
      description={
        <>
          A program with a token acts as you, as far as its scopes permit.{" "}
          <a href="/docs/api">API reference</a>
        </>
      }
    >
      <div class="row">
        <button type="button" class="button primary" onClick={() => setCreating(true)}>
          Create a token
        </button>
      </div>
      <Load from={tokens}>
        {(items) =>
          items.length === 0 ? (
            <p class="muted">You have no tokens.</p>
          ) : (
            <ul class="settings-list">
              {items.map((token) => (
                <TokenRow key={token.id} token={token} onRevoke={() => revoke(token, items)} />
              ))}
            </ul>
          )
        }
      </Load>
      {isCreating && (
        <CreateTokenDialog
          onCreated={(token) => tokens.set([token, ...(tokens.value ?? [])])}
          onClose={() => setCreating(false)}
        />
      )}
    </Section>
  );
}

function TokenRow({ token, onRevoke }: { token: Token; onRevoke: () => Promise<void> }) {
  const workspace = useWorkspace();
  const { name, scopes, channelIds, expiresAt, createdAt, lastUsedAt } = token;
  const isExpired = expiresAt !== null && Date.parse(expiresAt) <= Date.now();
  return (
    <li class="row wrap">
      <div class="grow">
        <strong dir="auto">{name}</strong>{" "}
        {scopes.map((scope) => (
          <span key={scope} class="tag">
            {scope}
          </span>
        ))}
        <div class="muted small">
          Created <Time at={createdAt} format="full" /> ·{" "}
          {lastUsedAt ? (
            <>
              last used <Time at={lastUsedAt} format="full" />
            </>
          ) : (
            "never used"
          )}{" "}
          ·{" "}
          {expiresAt ? (
            <>
              {isExpired ? "expired" : "expires"} <Time at={expiresAt} format="full" />
            </>
          ) : (
            "does not expire"
          )}
        </div>
        {channelIds && (
          <div class="muted small" dir="auto">
            Only in {channelIds.map((id) => nameOf(workspace, id)).join(", ")}
          </div>
        )}
      </div>
      <ActionButton label={`Revoke ${name}`} onAction={onRevoke}>
        Revoke
      </ActionButton>
    </li>
  );
}

/** Returns the name of a channel of the user, or the id of one that they have left. */
function nameOf(workspace: Workspace, channelId: string): string {
  const state = workspace.channels.get(channelId);
  return state ? channelName(workspace, state) : channelId;
}
