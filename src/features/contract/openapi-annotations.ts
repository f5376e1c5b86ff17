import { exampleOf } from "./schema-example.ts";
import type { JsonSchema } from "./json-schemas.ts";
import { parameterDescriptions, propertyDescriptions, schemaDescriptions } from "./descriptions.ts";

/**
 * Adds documentation to a finished OpenAPI document, in place: descriptions of schemas, properties and parameters that have none, and an
 * example for every JSON request and response. Validation is unaffected.
 */
export function annotate(document: {
  paths: Record<string, JsonSchema>;
  components: Record<string, JsonSchema>;
}): void {
  const schemas = document.components["schemas"] as Record<string, JsonSchema>;
  for (const [name, schema] of Object.entries(schemas)) {
    const description = schemaDescriptions[name] ?? eventDescription(name);
    if (description) schema["description"] ??= description;
    describeProperties(schema, name);
  }
  for (const path of Object.values(document.paths))
    for (const operation of Object.values(path) as JsonSchema[]) annotateOperation(operation, schemas);
  for (const response of Object.values(
    (document.components["responses"] ?? {}) as Record<string, JsonSchema>,
  ))
    annotateContent(response, schemas);
}

function annotateOperation(operation: JsonSchema, schemas: Record<string, JsonSchema>): void {
  for (const parameter of (operation["parameters"] ?? []) as JsonSchema[]) {
    const description = parameterDescriptions[String(parameter["name"])];
    if (description) parameter["description"] ??= description;
  }
  if (operation["requestBody"]) annotateContent(operation["requestBody"] as JsonSchema, schemas);
  for (const response of Object.values(operation["responses"] as Record<string, JsonSchema>))
    annotateContent(response, schemas);
}

/** Adds an example and property descriptions to the JSON content of a request or a response. */
function annotateContent(holder: JsonSchema, schemas: Record<string, JsonSchema>): void {
  for (const [type, content] of Object.entries((holder["content"] ?? {}) as Record<string, JsonSchema>)) {
    const schema = content["schema"] as JsonSchema | undefined;
    if (!schema || !type.endsWith("json")) continue;
    describeProperties(schema, "");
    if (!content["examples"]) content["example"] ??= exampleOf(schema, schemas);
  }
}

/** Describes the properties of a schema and of its nested schemas. A reference gets the description of the schema that it refers to. */
function describeProperties(node: unknown, schemaName: string): void {
  if (Array.isArray(node)) return node.forEach((item) => describeProperties(item, schemaName));
  if (typeof node !== "object" || node === null) return;
  for (const [key, value] of Object.entries(node as JsonSchema)) {
    if (key === "example" || key === "examples" || key === "default") continue;
    if (key === "properties")
      for (const [name, property] of Object.entries(value as Record<string, JsonSchema>)) {
        const description = propertyDescriptions[`${schemaName}.${name}`] ?? propertyDescriptions[name];
        if (description) property["description"] ??= description;
      }
    describeProperties(value, schemaName);
  }
}

/** The description of an event schema such as `MessageCreateEvent`; undefined for other names. */
function eventDescription(name: string): string | undefined {
  const [, type] = /^(\w+)Event$/.exec(name) ?? [];
  return type && `The event \`${type[0]?.toLowerCase()}${type.slice(1)}\` of a channel's log.`;
}
