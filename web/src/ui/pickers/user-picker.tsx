import type { ComponentChildren } from "preact";
import { getUsers, type User } from "../../../../src/client/index.ts";
import { useWorkspace } from "../../state/context.ts";
import { Avatar } from "../avatar.tsx";
import { MultiPicker, type PickerOption } from "./multi-picker.tsx";

interface UserPickerProps {
  label: string;
  hint?: ComponentChildren;
  error?: string | undefined;
  placeholder?: string;
  /** How many may be chosen. */
  max?: number;
  /** The ids of the chosen users. */
  value: readonly string[];
  onChange: (userIds: string[]) => void;
  /** Whether a user is offered; by default all who are not suspended. */
  accepts?: (user: User) => boolean;
}

const maxOptions = 50;
const isActive = ({ active }: User): boolean => active;

/** A choice of users by username or name. */
export function UserPicker({
  value,
  onChange,
  accepts = isActive,
  placeholder = "Search people by name",
  ...field
}: UserPickerProps) {
  const { client, users } = useWorkspace();
  const optionOf = (id: string): PickerOption => {
    const user = users.get(id).value;
    return {
      id,
      label: user?.displayName ?? "…",
      ...(user && { hint: `@${user.username}` }),
      picture: <Avatar userId={id} size={20} />,
    };
  };
  const search = async (text: string, signal: AbortSignal): Promise<PickerOption[]> => {
    const query = { limit: maxOptions, ...(text !== "" && { query: text.replace(/^@/, "").slice(0, 80) }) };
    const { items } = await client.call(getUsers, { query, signal });
    users.put(items);
    return items.filter(accepts).map(({ id }) => optionOf(id));
  };
  return (
    <MultiPicker
      {...field}
      placeholder={placeholder}
      selected={value.map(optionOf)}
      onChange={onChange}
      search={search}
    />
  );
}
