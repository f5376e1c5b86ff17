import {
  type AsyncApi,
  type Channel,
  type Contract,
  isReference,
  type Message,
  type OpenApi,
  type Operation,
  own,
  type Parameter,
  referredName,
  type Response,
} from "./document.ts";

interface BaseEntry {
  /** Stable and unique; the page's URL is `#` and the id. */
  id: string;
  /** A short word before the title: the HTTP method, or the direction of a frame. */
  label: string;
  /** What the list of contents shows: the operation's id, or the type of a message. */
  title: string;
  summary: string;
}

/** A REST operation. */
export interface OperationEntry extends BaseEntry {
  kind: "operation";
  method: string;
  /** With `{name}` parameters. */
  path: string;
  operation: Operation;
  /** The socket that this operation opens; null for all other operations. */
  socket: { name: string; channel: Channel } | null;
}

/** A message on a socket, in one direction. */
export interface MessageEntry extends BaseEntry {
  kind: "message";
  direction: "client" | "server";
  channelName: string;
  channel: Channel;
  message: Message;
  /** The ids of the entries with which the server replies; empty for a message of the server. */
  replies: readonly string[];
}

export type Entry = OperationEntry | MessageEntry;

/** A group of the list of contents: a tag, or a socket. */
export interface Group {
  title: string;
  description: string;
  entries: readonly Entry[];
}

const methods = ["get", "post", "put", "patch", "delete", "head", "options"];
const untagged = "other";

/** Returns all operations and messages, grouped by tag and then by socket, in the order of the documents. */
export function groupsOf({ openApi, asyncApi }: Contract): Group[] {
  const operations = operationsOf(openApi, asyncApi);
  const sockets = asyncApi ? socketGroups(asyncApi, operations) : [];
  return [...tagGroups(openApi, operations), ...sockets];
}

/** Returns all entries by id. */
export const entriesById = (groups: readonly Group[]): Map<string, Entry> =>
  new Map(groups.flatMap(({ entries }) => entries.map((entry) => [entry.id, entry])));

/** Returns the parameters of an operation, without those that point nowhere. */
export const parametersOf = ({ parameters = [] }: Operation): Parameter[] =>
  parameters.filter((parameter): parameter is Parameter => !isReference(parameter));

/** Returns the responses of an operation in the order of their status, `default` last. */
export function responsesOf({ responses }: Operation, { components }: OpenApi): [string, Response][] {
  return Object.entries(responses).flatMap(([status, response]): [string, Response][] => {
    const found = isReference(response) ? own(components.responses, referredName(response.$ref)) : response;
    return found ? [[status, found]] : [];
  });
}

function operationsOf({ paths }: OpenApi, asyncApi: AsyncApi | null): OperationEntry[] {
  return Object.entries(paths).flatMap(([path, item]) =>
    methods.flatMap((method): OperationEntry[] => {
      const operation = own(item, method);
      if (!operation) return [];
      const { operationId: id, summary = "" } = operation;
      const channel = own(asyncApi?.channels, id);
      return [
        {
          kind: "operation",
          id,
          label: channel ? "SOCKET" : method.toUpperCase(),
          title: id,
          summary,
          method: method.toUpperCase(),
          path,
          operation,
          socket: channel ? { name: id, channel } : null,
        },
      ];
    }),
  );
}

/** Groups the operations by their first tag. Those that open a socket are listed with its messages instead. */
function tagGroups({ tags = [] }: OpenApi, operations: readonly OperationEntry[]): Group[] {
  const byTag = Map.groupBy(
    operations.filter(({ socket }) => !socket),
    ({ operation }) => operation.tags?.[0] ?? untagged,
  );
  const descriptions = new Map(tags.map(({ name, description = "" }) => [name, description]));
  const names = new Set([...descriptions.keys(), ...byTag.keys()]);
  return [...names]
    .map((name) => ({
      title: name,
      description: descriptions.get(name) ?? "",
      entries: byTag.get(name) ?? [],
    }))
    .filter(({ entries }) => entries.length > 0);
}

function socketGroups(asyncApi: AsyncApi, operations: readonly OperationEntry[]): Group[] {
  return Object.entries(asyncApi.channels).map(([name, channel]) => ({
    title: channel.address,
    description: channel.summary ?? "",
    entries: [
      ...operations.filter(({ socket }) => socket?.name === name),
      ...messagesOf(asyncApi, name, channel),
    ],
  }));
}

/** Returns the messages of a socket: first those of the client, by their operation, then those of the server. */
function messagesOf(asyncApi: AsyncApi, channelName: string, channel: Channel): MessageEntry[] {
  const here = Object.entries(asyncApi.operations).filter(
    ([, operation]) => referredName(operation.channel.$ref) === channelName,
  );
  const serverId = ($ref: string): string => `${channelName}.${referredName($ref)}`;
  const entry = (
    id: string,
    direction: MessageEntry["direction"],
    key: string,
    replies: readonly string[],
  ): MessageEntry[] => {
    const message = own(asyncApi.components.messages, key);
    if (!message) return [];
    const { summary = "" } = message;
    // `own.memberJoin` is a user event, `memberJoin` an event of a channel; both have the same name.
    const title = key.slice(key.indexOf(".") + 1);
    const label = direction === "client" ? "SEND" : "RECEIVE";
    return [
      { kind: "message", id, label, title, summary, direction, channelName, channel, message, replies },
    ];
  };
  return [
    ...here
      .filter(([, { action }]) => action === "receive")
      .flatMap(([id, { messages, reply }]) =>
        messages.flatMap(({ $ref }) =>
          entry(id, "client", referredName($ref), reply?.messages?.map((to) => serverId(to.$ref)) ?? []),
        ),
      ),
    ...here
      .filter(([, { action }]) => action === "send")
      .flatMap(([, { messages }]) =>
        messages.flatMap(({ $ref }) => entry(serverId($ref), "server", referredName($ref), [])),
      ),
  ];
}
