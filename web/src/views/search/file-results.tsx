import { type FileHit, searchFiles } from "../../../../src/client/index.ts";
import { FileRow } from "../../messages/file-row.tsx";
import { useEndpointPages } from "../../ui/use-pages.ts";
import { ResultList } from "./result-list.tsx";

const idOf = ({ file }: FileHit): string => file.id;

/** The files that a search finds by their names. */
export function FileResults({ query }: { query: string }) {
  const found = useEndpointPages(searchFiles, { query: { q: query, limit: 30 } }, idOf);
  return (
    <ResultList found={found} label="Files" subject="files">
      {(hit) => <FileRow hit={hit} showsChannel />}
    </ResultList>
  );
}
