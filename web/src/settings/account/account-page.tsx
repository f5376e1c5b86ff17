import { getRegistration } from "../../../../src/client/index.ts";
import { useWorkspace } from "../../state/context.ts";
import { Load } from "../../ui/states.tsx";
import { useLoad } from "../../ui/use-load.ts";
import { EmailSection } from "./email-section.tsx";
import { EraseSection } from "./erase-section.tsx";
import { ExportSection } from "./export-section.tsx";
import { PasswordSection } from "./password-section.tsx";

/** The address, the password, and the data of the account. */
export function AccountPage() {
  const { client } = useWorkspace();
  const registration = useLoad((signal) => client.call(getRegistration, { signal }), []);
  return (
    <>
      <Load from={registration}>{({ sendsMail }) => <EmailSection sendsMail={sendsMail} />}</Load>
      <PasswordSection />
      <ExportSection />
      <EraseSection />
    </>
  );
}
