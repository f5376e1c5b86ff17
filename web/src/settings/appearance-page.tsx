import { setTheme, theme } from "../app/theme.ts";
import { Choice } from "../ui/field.tsx";
import { Section } from "./section.tsx";

/** How the application looks on this device. */
export const AppearancePage = () => (
  <Section title="Colours" description="Applies to this device.">
    <Choice
      label="Theme"
      value={theme.value}
      onValue={setTheme}
      options={[
        { value: "system", label: "As the device", hint: "Follows the light or dark mode of the device." },
        { value: "light", label: "Light" },
        { value: "dark", label: "Dark" },
      ]}
    />
  </Section>
);
