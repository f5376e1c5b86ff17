import { useWorkspace } from "../state/context.ts";

/** Says who is typing. The line keeps its height, so that the messages do not move. */
export function TypingLine({ userIds }: { userIds: readonly string[] }) {
  const { users } = useWorkspace();
  const names = userIds.slice(0, 3).map((userId) => users.nameOf(userId));
  const text =
    userIds.length === 0
      ? ""
      : userIds.length > 3
        ? "Several people are typing …"
        : `${names.join(", ")} ${userIds.length === 1 ? "is" : "are"} typing …`;
  return (
    <div class="typing-line small muted truncate" role="status" dir="auto">
      {text}
    </div>
  );
}
