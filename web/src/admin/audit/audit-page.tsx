import { useState } from "preact/hooks";
import { type AuditAction, getAuditEntries } from "../../../../src/client/index.ts";
import { navigate, paths, url } from "../../router.ts";
import { useWorkspace } from "../../state/context.ts";
import { Select, TextField } from "../../ui/field.tsx";
import { UserPicker } from "../../ui/pickers/user-picker.tsx";
import { EmptyState } from "../../ui/states.tsx";
import { Time } from "../../ui/time.tsx";
import { dateValueOf } from "../../ui/day.ts";
import { beginningOf } from "../forms/expiry.ts";
import { PageHeader } from "../lists/page-header.tsx";
import { PagedTable } from "../lists/paged-table.tsx";
import { pageQuery, usePages } from "../../ui/use-pages.ts";
import { actionOptions, actionText } from "./audit-actions.ts";
import { Actor, DetailCell, ObjectCell } from "./audit-entry.tsx";
import { DownloadButton } from "./download-button.tsx";
import type { AuditFilter } from "./download-log.ts";

const actorParameter = "actor";
/** The log is listed from its beginning, so that the page begins with the last days. */
const shownMs = 7 * 24 * 60 * 60_000;

/** The audit log. An actor can be given in the address: `?actor=usr_…`. */
export function AuditPage() {
  const { client } = useWorkspace();
  const actor = url.value.searchParams.get(actorParameter) ?? undefined;
  const [action, setAction] = useState<AuditAction | "">("");
  const [date, setDate] = useState(() => dateValueOf(Date.now() - shownMs));
  const since = beginningOf(date);
  const filter: AuditFilter = {
    ...(actor !== undefined && { actor }),
    ...(action !== "" && { action }),
    ...(since !== undefined && { since }),
  };
  const entries = usePages(
    (cursor, signal) => client.call(getAuditEntries, { query: { ...filter, ...pageQuery(cursor) }, signal }),
    [actor, action, since],
    ({ id }) => id,
  );
  const setActor = ([chosen]: string[]): void =>
    navigate(paths.admin("audit") + (chosen ? `?${actorParameter}=${chosen}` : ""), { replace: true });
  return (
    <>
      <PageHeader
        title="Audit log"
        intro="Who changed access, and who moderated, the oldest entry first. It contains no message and no full address."
      >
        <DownloadButton filter={filter} />
      </PageHeader>
      <div class="filters">
        <UserPicker
          label="Who acted"
          placeholder="Anyone"
          max={1}
          accepts={() => true}
          value={actor === undefined ? [] : [actor]}
          onChange={setActor}
        />
        <Select label="Action" options={actionOptions} value={action} onValue={setAction} />
        <TextField label="Since" type="date" value={date} onValue={setDate} />
      </div>
      <PagedTable
        label="Audit log"
        from={entries}
        empty={
          <EmptyState title="No entry matches">
            <p>Choose an earlier day, or remove a filter.</p>
          </EmptyState>
        }
        columns={[
          { title: "Time", cell: ({ at }) => <Time at={at} format="full" /> },
          { title: "Who", cell: (entry) => <Actor entry={entry} /> },
          { title: "Action", cell: ({ action: done }) => actionText(done) },
          { title: "On", cell: (entry) => <ObjectCell entry={entry} /> },
          { title: "Details", cell: (entry) => <DetailCell entry={entry} /> },
        ]}
      />
    </>
  );
}
