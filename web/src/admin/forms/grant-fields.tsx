import type { TokenScope } from "../../../../src/client/index.ts";
import { Select } from "../../ui/field.tsx";
import { ChannelPicker } from "../../ui/pickers/channel-picker.tsx";
import { type Choice, CheckGroup } from "./choice-group.tsx";
import { endOf, periodsOf } from "./expiry.ts";
import type { Submission } from "./use-submit.ts";

/** What a token permits, as a form holds it. */
export interface Grant {
  scopes: TokenScope[];
  channelIds: string[];
  /** The number of days until it expires; empty: never. */
  period: string;
}

export const newGrant: Grant = { scopes: ["read", "write"], channelIds: [], period: "" };

/** The names of the fields of a request that `GrantFields` shows. */
export const grantFieldNames = ["scopes", "channelIds", "expiresAt"] as const;

const scopes: readonly Choice<TokenScope>[] = [
  { value: "read", label: "Read", hint: "messages, channels and people; connect and receive events" },
  { value: "write", label: "Write", hint: "send, edit and delete messages, react, change channels" },
  { value: "files", label: "Files", hint: "upload, download and delete" },
  { value: "users:email", label: "Find people by e-mail address" },
  {
    value: "admin",
    label: "Administer",
    hint: "as far as the bot's role permits; also register slash commands",
  },
];

const maxChannels = 50;
const periods = periodsOf([30, 90, 365], { withNever: true });

/** The fields of a token: what it may do, in which channels, and for how long. */
export function GrantFields({
  value,
  onChange,
  submission: { errorOf },
}: {
  value: Grant;
  onChange: (value: Grant) => void;
  submission: Submission;
}) {
  return (
    <>
      <CheckGroup
        legend="It may"
        choices={scopes}
        value={value.scopes}
        onChange={(chosen) => onChange({ ...value, scopes: chosen })}
        error={errorOf("scopes")}
      />
      <ChannelPicker
        label="Only in these channels"
        hint="Without a choice, in all channels of the bot."
        max={maxChannels}
        value={value.channelIds}
        onChange={(channelIds) => onChange({ ...value, channelIds })}
        error={errorOf("channelIds")}
      />
      <Select
        label="Expires after"
        options={periods}
        value={value.period}
        onValue={(period) => onChange({ ...value, period })}
        error={errorOf("expiresAt")}
      />
    </>
  );
}

/** Converts the fields of a token to those of a request. */
export function grantBody({ scopes: chosen, channelIds, period }: Grant) {
  const expiresAt = endOf(period);
  return {
    scopes: chosen,
    ...(channelIds.length > 0 && { channelIds }),
    ...(expiresAt !== undefined && { expiresAt }),
  };
}
