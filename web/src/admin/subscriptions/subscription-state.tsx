import type {
  EventSubscription,
  SubscriptionState,
  SubscriptionStateReason,
} from "../../../../src/client/index.ts";
import { Time } from "../../ui/time.tsx";
import { Tag, type Tone } from "../lists/cells.tsx";

const tones: Record<SubscriptionState, Tone> = { active: "good", paused: "warning", disabled: "bad" };

const reasons: Record<SubscriptionStateReason, string> = {
  user: "by an admin or its owner",
  owner_suspended: "while its owner is suspended",
  failing: "no request succeeded for 24 hours",
  gone: "the receiver answered 410",
};

/** The state of a subscription, and why it is not active or since when its receiver fails. */
export const SubscriptionStateCell = ({
  subscription: { state, stateReason, failingSince, formerSecretExpiresAt },
}: {
  subscription: EventSubscription;
}) => (
  <span class="stack tight">
    <span class="row wrap">
      <Tag tone={tones[state]}>{state}</Tag>
      {stateReason && <span class="muted small">{reasons[stateReason]}</span>}
    </span>
    {failingSince !== null && (
      <span class="small error-text">
        The receiver fails since <Time at={failingSince} format="full" />
      </span>
    )}
    {formerSecretExpiresAt !== null && (
      <span class="small muted">
        The former secret is valid until <Time at={formerSecretExpiresAt} format="full" />
      </span>
    )}
  </span>
);
