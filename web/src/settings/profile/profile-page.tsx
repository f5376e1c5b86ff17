import { useState } from "preact/hooks";
import { useWorkspace } from "../../state/context.ts";
import { CustomStatus } from "../../status/custom-status.tsx";
import { lazy } from "../../ui/lazy.tsx";
import { Section } from "../section.tsx";
import { PictureSection } from "./picture-section.tsx";
import { ProfileForm } from "./profile-form.tsx";

const StatusDialog = lazy(() =>
  import("../../status/status-dialog.tsx").then((module) => module.StatusDialog),
);

/** What others see of the user. */
export const ProfilePage = () => (
  <>
    <PictureSection />
    <Section title="Name and time zone">
      <ProfileForm />
    </Section>
    <StatusSection />
  </>
);

function StatusSection() {
  const { me, presence } = useWorkspace();
  const [isOpen, setOpen] = useState(false);
  const { custom } = presence.of(me.value.id).value;
  return (
    <Section title="Status" description="Shown beside your name, for example while you are on holiday.">
      <CustomStatus userId={me.value.id} />
      <div class="row">
        <button type="button" class="button" onClick={() => setOpen(true)}>
          {custom ? "Change your status" : "Set a status"}
        </button>
      </div>
      {isOpen && <StatusDialog onClose={() => setOpen(false)} />}
    </Section>
  );
}
