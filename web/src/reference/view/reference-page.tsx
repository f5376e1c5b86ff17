import type { VNode } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Contract } from "../contract/document.ts";
import { entriesById, groupsOf } from "../contract/entries.ts";
import { collectValues } from "../schema/known-values.ts";
import type { SessionAccess } from "../session.ts";
import { EntryPage, titleOf } from "./entry-page.tsx";
import { ReferenceContext, type ReferenceData } from "./reference-context.ts";
import { Sidebar } from "./sidebar.tsx";
import { TokenField } from "./token-field.tsx";
import { linkTo, realtimeGuideId, useHash } from "./use-hash.ts";

/** The whole page, for a contract that is loaded. */
export function ReferencePage({ contract, session }: { contract: Contract; session: SessionAccess }): VNode {
  const id = useHash();
  const [token, setToken] = useState("");
  const [isContentsOpen, setContentsOpen] = useState(false);
  const groups = useMemo(() => groupsOf(contract), [contract]);
  const data = useReferenceData(contract, groups, token, session);
  const title = titleOf(id, data.entries);
  const heading = useFocusAfterNavigation(id);
  useEffect(() => {
    document.title = `${title} · Parley API`;
    setContentsOpen(false);
  }, [id, title]);
  const guides = [
    { id: "", title: "Introduction" },
    ...(contract.asyncApi ? [{ id: realtimeGuideId, title: "Sockets" }] : []),
  ];
  return (
    <ReferenceContext.Provider value={data}>
      <a
        class="skip"
        href="#content"
        onClick={(event) => {
          // The fragment is the id of an entry, so the link must not change it.
          event.preventDefault();
          heading.current?.focus();
        }}
      >
        Skip to the content
      </a>
      <header class="bar">
        <a class="brand" href={linkTo("")}>
          Parley API
        </a>
        <button
          type="button"
          class="contents-button"
          aria-expanded={isContentsOpen}
          aria-controls="reference-contents"
          onClick={() => setContentsOpen(!isContentsOpen)}
        >
          Contents
        </button>
        <TokenField token={token} onChange={setToken} />
      </header>
      <div class="layout">
        <nav id="reference-contents" aria-label="Operations" class={isContentsOpen ? "open" : ""}>
          <Sidebar groups={groups} currentId={id} guides={guides} onReveal={() => setContentsOpen(true)} />
        </nav>
        <main id="content">
          <h1 ref={heading} tabIndex={-1}>
            {title}
          </h1>
          <EntryPage id={id} groups={groups} />
        </main>
      </div>
    </ReferenceContext.Provider>
  );
}

function useReferenceData(
  contract: Contract,
  groups: ReturnType<typeof groupsOf>,
  token: string,
  session: SessionAccess,
): ReferenceData {
  const constant = useMemo(
    () => ({
      contract,
      entries: entriesById(groups),
      known: collectValues(contract.openApi, contract.asyncApi),
      enteredValues: new Map<string, string>(),
    }),
    [contract, groups],
  );
  return useMemo(
    () => ({
      ...constant,
      credentials: {
        getAccessToken: async () => token || (await session.getAccessToken()),
        discardAccessToken: () => session.discardAccessToken(),
      },
    }),
    [constant, token, session],
  );
}

/** Focuses the heading, and scrolls to it, when another entry is opened; not for the first one. Returns the ref of the heading. */
function useFocusAfterNavigation(id: string): { current: HTMLHeadingElement | null } {
  const heading = useRef<HTMLHeadingElement>(null);
  const shownId = useRef(id);
  useEffect(() => {
    if (shownId.current === id) return;
    shownId.current = id;
    scrollTo(0, 0);
    heading.current?.focus({ preventScroll: true });
  }, [id]);
  return heading;
}
