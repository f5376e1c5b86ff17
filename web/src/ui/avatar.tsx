import { useWorkspace } from "../state/context.ts";
import { openPane } from "../router.ts";

const presenceNames = { online: "online", away: "away", dnd: "do not disturb", offline: "offline" } as const;

/** Colours behind initials, on which white text is readable. */
const colors = ["#8a4b9e", "#2f6db0", "#1d7a68", "#9a5b13", "#a33b5c", "#4c5fb8", "#567a1e", "#8a5140"];

const colorOf = (id: string): string => {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + (character.codePointAt(0) ?? 0)) % 9_973;
  return colors[sum % colors.length] ?? "#555555";
};

/** The picture of a user, or the first letter of their name; with `showsPresence`, whether they are online. */
export function Avatar({
  userId,
  size = 36,
  showsPresence = false,
}: {
  userId: string;
  size?: number;
  showsPresence?: boolean;
}) {
  const { users, presence } = useWorkspace();
  const user = users.get(userId).value;
  const status = showsPresence ? presence.of(userId).value.presence : undefined;
  const name = user?.displayName ?? "";
  return (
    <span class="avatar" style={{ "--size": `${size}px`, background: colorOf(userId) }}>
      {user?.avatarFileId ? (
        <img src={`/v1/files/${user.avatarFileId}/content`} alt="" loading="lazy" />
      ) : (
        <span aria-hidden="true">{[...name][0]?.toUpperCase() ?? ""}</span>
      )}
      {status && (
        <span class={`presence ${status}`}>
          <span class="visually-hidden">{presenceNames[status]}</span>
        </span>
      )}
    </span>
  );
}

/** The name of a user, which opens their profile. */
export function UserName({ userId, class: classes = "" }: { userId: string; class?: string }) {
  const { users } = useWorkspace();
  return (
    <button
      type="button"
      class={`user-name ${classes}`}
      dir="auto"
      onClick={() => openPane({ kind: "profile", userId })}
    >
      {users.nameOf(userId)}
    </button>
  );
}
