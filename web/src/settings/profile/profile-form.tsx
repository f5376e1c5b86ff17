import { useState } from "preact/hooks";
import { useWorkspace } from "../../state/context.ts";
import { Select, TextField } from "../../ui/field.tsx";
import { Form } from "../../ui/form.tsx";
import { showToast } from "../../ui/toasts.tsx";
import { saveProfile } from "./save-profile.ts";
import { deviceTimeZone, timeZoneNames } from "./time-zones.ts";

/** The display name and the time zone. */
export function ProfileForm() {
  const workspace = useWorkspace();
  const { displayName: savedName, timeZone: savedZone, username } = workspace.me.value;
  const device = deviceTimeZone();
  const [displayName, setDisplayName] = useState(savedName);
  const [timeZone, setTimeZone] = useState(savedZone ?? "");
  const save = async (): Promise<void> => {
    await saveProfile(workspace, { displayName, timeZone: timeZone === "" ? null : timeZone });
    showToast("Your profile was saved");
  };
  return (
    <Form action="Save" onSubmit={save}>
      {(errorOf) => (
        <>
          <TextField
            label="Name"
            value={displayName}
            onValue={setDisplayName}
            error={errorOf("displayName")}
            name="name"
            required
            maxLength={80}
            autocomplete="name"
            autocapitalize="words"
          />
          <TextField
            label="Username"
            hint="Others mention you with it. It can’t be changed."
            value={`@${username}`}
            readOnly
          />
          <Select
            label="Time zone"
            hint="For reminders, quiet hours, and the local time that others see."
            value={timeZone}
            onValue={setTimeZone}
            options={[
              { value: "", label: "Not set" },
              ...timeZoneNames([savedZone, device]).map((name) => ({
                value: name,
                label: name.replaceAll("_", " "),
              })),
            ]}
          />
          {timeZone !== device && (
            <div class="row">
              <button type="button" class="button" onClick={() => setTimeZone(device)}>
                Use {device.replaceAll("_", " ")}, the zone of this device
              </button>
            </div>
          )}
        </>
      )}
    </Form>
  );
}
