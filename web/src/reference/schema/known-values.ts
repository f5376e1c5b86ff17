import {
  type AsyncApi,
  type Components,
  type Content,
  isObject,
  type OpenApi,
  own,
  type Schema,
} from "../contract/document.ts";
import { flattenSchema } from "./flatten-schema.ts";

/** Values of examples, from which examples of other schemas are built. */
export interface KnownValues {
  /** By the name of the component. */
  ofSchema: Map<string, unknown>;
  /** By the name of the property, for values that are not objects. */
  ofProperty: Map<string, unknown>;
  /** Names of properties that examples leave out, because they are rarely sent. */
  rare: Set<string>;
}

/** Nesting at which the walk through an example ends. */
const maxDepth = 12;

/** Values that no example has: the id of a frame, and the limits in `hello` of a server with default settings. */
const frameValues = {
  id: 7,
  heartbeatMs: 30_000,
  commandsPerSecond: 20,
  commandsBurst: 60,
  channels: 50,
  bytes: 262_144,
};

/**
 * Collects the values in the examples of all REST requests and responses. The AsyncAPI document has no examples; these make examples of
 * its messages that agree with those of REST. The first value of a name is kept.
 */
export function collectValues(openApi: OpenApi, asyncApi: AsyncApi | null): KnownValues {
  const known: KnownValues = {
    ofSchema: new Map(),
    ofProperty: new Map(Object.entries(frameValues)),
    rare: new Set(),
  };
  const { schemas, responses = {} } = openApi.components;
  const collectContent = (content: Content = {}): void => {
    for (const { schema = {}, example, examples = {} } of Object.values(content))
      for (const value of [example, ...Object.values(examples).map((named) => named.value)])
        if (value !== undefined) collect(schema, value, schemas, known, 0);
  };
  // Its problem becomes the example of an error frame.
  collectContent(own(responses, "NotFound")?.content);
  for (const item of Object.values(openApi.paths))
    for (const operation of Object.values(item)) {
      collectContent(operation.requestBody?.content);
      for (const response of Object.values(operation.responses))
        if ("content" in response) collectContent(response.content);
    }
  for (const { "x-limits": limits = {} } of Object.values(asyncApi?.channels ?? {}))
    for (const [name, value] of Object.entries(limits)) addOnce(known.ofProperty, name, value);
  return known;
}

/** Walks a schema and an example of it at the same time. */
function collect(
  schema: Schema,
  value: unknown,
  components: Components,
  known: KnownValues,
  depth: number,
): void {
  if (depth > maxDepth) return;
  const { names, schema: flat } = flattenSchema(schema, components);
  if (names.length === 1 && names[0] !== undefined && value !== null)
    addOnce(known.ofSchema, names[0], value);
  const { items, properties = {} } = flat;
  if (Array.isArray(value) && typeof items === "object")
    return value.forEach((item) => collect(items, item, components, known, depth + 1));
  if (!isObject(value)) return;
  for (const [name, property] of Object.entries(properties)) {
    const nested = own(value, name);
    if (nested === undefined) known.rare.add(name);
    else {
      if (nested !== null && !isObject(nested)) addOnce(known.ofProperty, name, nested);
      collect(property, nested, components, known, depth + 1);
    }
  }
}

function addOnce<T>(map: Map<string, T>, name: string, value: T): void {
  if (!map.has(name)) map.set(name, value);
}
