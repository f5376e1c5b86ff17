import { getHealth, type Health, ParleyError } from "../../../../src/client/index.ts";
import { Load } from "../../ui/states.tsx";
import { useLoad } from "../../ui/use-load.ts";
import { BusyButton } from "../forms/busy-button.tsx";
import { CardTable } from "../lists/card-table.tsx";
import { Tag, type Tone } from "../lists/cells.tsx";
import { PageHeader } from "../lists/page-header.tsx";
import { usePolling } from "../lists/use-polling.ts";

const pollMs = 10_000;
const tones: Record<Health["status"], Tone> = { ok: "good", degraded: "warning", down: "bad" };

const summaries: Record<Health["status"], string> = {
  ok: "Everything works.",
  degraded: "The server works, with restrictions.",
  down: "Requests fail.",
};

/** What each check examines. A newer server may have further ones. */
const checkTexts: Record<string, string> = {
  database: "Accounts, channels and the lists of messages",
  search: "Search for messages and files",
  files: "Uploads and downloads",
  mail: "Mails for invites, confirmations and passwords",
  dataLocation: "Whether data is stored in the configured region",
};

/** The health of the server, checked again while the page is visible. */
export function HealthPage() {
  const health = useLoad(loadHealth, []);
  usePolling(health, pollMs);
  return (
    <>
      <PageHeader title="Health" intro="Checked every 10 seconds while this page is visible.">
        <BusyButton isBusy={health.isLoading} onClick={health.reload}>
          Check now
        </BusyButton>
      </PageHeader>
      <Load from={health}>{(value) => <Checks health={value} />}</Load>
      {health.value && health.error !== undefined && (
        <p class="notice error" role="alert">
          The last check failed. The states above are from before.
        </p>
      )}
      <section class="stack">
        <h3>Documentation</h3>
        <ul>
          <li>
            <a href="/docs/api">API reference</a>
          </li>
          <li>
            <a href="/v1/openapi.json" target="_blank" rel="noopener">
              OpenAPI description of the REST endpoints
            </a>
          </li>
          <li>
            <a href="/v1/asyncapi.json" target="_blank" rel="noopener">
              AsyncAPI description of the sockets
            </a>
          </li>
        </ul>
      </section>
    </>
  );
}

/** Reads the health without the client library, for which the status 503 of a server that is down is an error without a body. */
async function loadHealth(signal: AbortSignal): Promise<Health> {
  try {
    const response = await fetch(getHealth.path, { cache: "no-store", signal });
    return (await response.json()) as Health;
  } catch (cause) {
    throw new ParleyError({ code: "unavailable", status: 0, detail: "The server did not answer", cause });
  }
}

const Checks = ({ health: { status, version, checks } }: { health: Health }) => (
  <section class="stack">
    <p class={`notice ${status === "down" ? "error" : status === "degraded" ? "warning" : ""}`} role="status">
      <strong>{summaries[status]}</strong> Version {version}.
    </p>
    <CardTable
      label="Checks"
      items={Object.entries(checks)}
      keyOf={([name]) => name}
      columns={[
        { title: "Part", cell: ([name]) => <Part name={name} /> },
        { title: "State", cell: ([, check]) => <Tag tone={tones[check.status]}>{check.status}</Tag> },
        { title: "Detail", cell: ([, { detail }]) => detail },
      ]}
    />
  </section>
);

const Part = ({ name }: { name: string }) => (
  <span class="stack tight">
    <strong>{name}</strong>
    <span class="small muted">{checkTexts[name]}</span>
  </span>
);
