import { useState } from "preact/hooks";
import { ParleyError } from "../../../../src/client/index.ts";
import { paths } from "../../router.ts";
import { useWorkspace } from "../../state/context.ts";
import { Check, TextField } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { ErrorNotice } from "../../ui/states.tsx";
import { showToast } from "../../ui/toasts.tsx";
import { useLoad } from "../../ui/use-load.ts";
import { Section } from "../section.tsx";
import {
  getNotificationSettings,
  type NotificationSettings,
  updateNotificationSettings,
} from "../../../../src/client/index.ts";
import { dayName, daysForRequest, weekDays } from "./week-days.ts";

/** When devices are not notified. Not shown by a server without Web Push. */
export function QuietHoursSection() {
  const { client } = useWorkspace();
  const settings = useLoad(
    (signal): Promise<NotificationSettings | null> =>
      client.call(getNotificationSettings, { signal }).catch((error: unknown) => {
        if (error instanceof ParleyError && error.code === "not_found") return null;
        throw error;
      }),
    [],
  );
  if (settings.error)
    return (
      <Section title="Quiet hours">
        <ErrorNotice error={settings.error} onRetry={settings.reload} />
      </Section>
    );
  if (!settings.value) return null;
  return (
    <Section
      title="Quiet hours"
      description="No device is notified during these hours. At their end you get one summary of what is still unread."
    >
      <QuietHoursForm saved={settings.value} onSaved={settings.set} />
    </Section>
  );
}

interface QuietHoursFormProps {
  saved: NotificationSettings;
  onSaved: (settings: NotificationSettings) => void;
}

const usual = { start: "20:00", end: "08:00" } as const;

function QuietHoursForm({ saved: { quietHours, pushWhenActive }, onSaved }: QuietHoursFormProps) {
  const { client, me } = useWorkspace();
  const [isOn, setOn] = useState(quietHours !== null);
  const [start, setStart] = useState(quietHours?.start ?? usual.start);
  const [end, setEnd] = useState(quietHours?.end ?? usual.end);
  const [days, setDays] = useState<ReadonlySet<number>>(new Set(quietHours?.days ?? weekDays));
  const [isPushedWhenActive, setPushedWhenActive] = useState(pushWhenActive);
  const { timeZone } = me.value;

  const toggle = (day: number, isChosen: boolean): void => {
    const changed = new Set(days);
    if (isChosen) changed.add(day);
    else changed.delete(day);
    setDays(changed);
  };
  const save = async (): Promise<void> => {
    const chosen = daysForRequest(days);
    const hours = { start, end, ...(chosen && { days: chosen }) };
    const body = { quietHours: isOn ? hours : null, pushWhenActive: isPushedWhenActive };
    onSaved(await client.call(updateNotificationSettings, { body }));
    showToast("The settings were saved");
  };
  return (
    <Form action="Save" isDisabled={isOn && days.size === 0} onSubmit={save}>
      {(errorOf) => (
        <>
          <Check label="Use quiet hours" isChecked={isOn} onChange={setOn} />
          {isOn && (
            <>
              <div class="time-range">
                <TextField
                  label="From"
                  type="time"
                  required
                  value={start}
                  onValue={setStart}
                  error={errorOf("quietHours.start")}
                />
                <TextField
                  label="Until"
                  type="time"
                  required
                  value={end}
                  onValue={setEnd}
                  error={errorOf("quietHours.end")}
                />
              </div>
              <p class="muted small">
                In the time zone of your profile,{" "}
                {timeZone?.replaceAll("_", " ") ?? "which is not set: in UTC"}.{" "}
                <a href={paths.settings("profile")}>Change it</a>
              </p>
              <fieldset class="choice">
                <legend>Days on which they begin</legend>
                <div class="row wrap">
                  {weekDays.map((day) => (
                    <Check
                      key={day}
                      label={dayName(day)}
                      isChecked={days.has(day)}
                      onChange={(isChosen) => toggle(day, isChosen)}
                    />
                  ))}
                </div>
                {days.size === 0 && <span class="error-text">Choose at least one day</span>}
              </fieldset>
            </>
          )}
          <Check
            label="Notify all devices at once, even while I use one of them"
            hint="Otherwise the others wait some seconds, and are not notified of what you read meanwhile."
            isChecked={isPushedWhenActive}
            onChange={setPushedWhenActive}
          />
        </>
      )}
    </Form>
  );
}
