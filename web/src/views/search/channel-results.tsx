import { type Channel, searchChannels } from "../../../../src/client/index.ts";
import { useEndpointPages } from "../../ui/use-pages.ts";
import { ChannelRow } from "../browse/channel-row.tsx";
import { ResultList } from "./result-list.tsx";

const idOf = ({ id }: Channel): string => id;

/** The channels that a search finds by their names, topics and descriptions. */
export function ChannelResults({ query }: { query: string }) {
  const found = useEndpointPages(searchChannels, { query: { q: query, limit: 30 } }, idOf);
  return (
    <ResultList found={found} label="Channels" subject="channels">
      {(channel) => <ChannelRow channel={channel} />}
    </ResultList>
  );
}
