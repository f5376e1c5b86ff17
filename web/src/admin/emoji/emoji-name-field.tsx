import { TextField } from "../../ui/field.tsx";

/** The field for the name of an emoji. */
export const EmojiNameField = ({
  value,
  onValue,
  error,
}: {
  value: string;
  onValue: (value: string) => void;
  error: string | undefined;
}) => (
  <TextField
    label="Name"
    hint="2 to 32 characters (a-z 0-9 _ - +), without colons."
    value={value}
    onValue={onValue}
    autocomplete="off"
    maxLength={34}
    required
    error={error}
  />
);

/** Returns the name as the server accepts it, if it was typed between colons. */
export const withoutColons = (name: string): string => name.trim().replaceAll(":", "");
