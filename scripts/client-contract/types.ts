import { z } from "zod";
import { metaOf, namedSchemaOf, nameOf } from "./protocol.ts";

export type Direction = "input" | "output";

/** Schemas whose type is written by hand, by exported name. */
const handWritten: Record<string, string> = {
  Ack: `{ type: "ack"; id?: FrameId; data: Record<string, unknown> & { deduplicated?: true; nonce?: Nonce } }`,
};

interface Declaration {
  module: string;
  text: string;
  direction: Direction;
  needs: Set<string>;
}

/**
 * Writes zod schemas as TypeScript. Each named schema becomes one declaration, in the module that exports it. `input` is the type that a
 * client sends (fields with a default are optional), `output` the type that it receives.
 */
export class TypeWriter {
  /** By name, in the order in which they were first referred to. */
  readonly declarations = new Map<string, Declaration>();
  /** Written interfaces, by name: candidates for `extends`. */
  readonly #objects = new Map<string, { shape: Record<string, z.core.$ZodType>; direction: Direction }>();
  #needs = new Set<string>();
  /** Module of the declaration that is being written; it also gets referenced schemas that have an id and are not exported. */
  #module = "common";

  /**
   * Adds the declaration that `write` returns to a module, unless it exists. Names that `write` refers to become its imports.
   *
   * @returns the name
   * @throws Error if `input` and `output` of one name differ
   */
  declare(name: string, module: string, direction: Direction, write: () => string): string {
    const existing = this.declarations.get(name);
    if (!existing) {
      const declaration: Declaration = { module, direction, text: "", needs: new Set() };
      this.declarations.set(name, declaration);
      const outer = this.#module;
      this.#module = module;
      Object.assign(declaration, this.collect(write));
      this.#module = outer;
    } else if (
      existing.direction !== direction &&
      existing.text !== "" &&
      this.collect(write).text !== existing.text
    ) {
      throw new Error(`${name} differs between what a client sends and what it receives: name two types`);
    }
    this.#needs.add(name);
    return name;
  }

  /** Runs `write`, and returns its text and the names that it refers to. */
  collect(write: () => string): { text: string; needs: Set<string> } {
    const outer = this.#needs;
    this.#needs = new Set();
    const text = write();
    const needs = this.#needs;
    this.#needs = outer;
    return { text, needs };
  }

  /** Adds a name to those that the current declaration refers to. */
  need(name: string): void {
    this.#needs.add(name);
  }

  /** Returns the type expression of a schema. */
  type(schema: z.core.$ZodType, direction: Direction): string {
    const named = nameOf(schema);
    const id = metaOf(schema)["id"];
    const name = named?.name ?? (typeof id === "string" ? id : undefined);
    if (name !== undefined && this.#isDeclared(schema, name)) {
      const module = named?.module ?? this.#module;
      const origin = namedSchemaOf(schema) ?? schema;
      return this.declare(name, module, direction, () =>
        this.declaration(name, origin, direction, documentation(origin, named?.comment)),
      );
    }
    return this.#expression(schema, direction);
  }

  /** Declares an object schema under its own name, else under `name`. */
  interface(
    name: string,
    module: string,
    schema: z.core.$ZodType,
    direction: Direction,
    doc?: string,
  ): string {
    if (nameOf(schema)) return this.type(schema, direction);
    return this.declare(name, module, direction, () => this.declaration(name, schema, direction, doc));
  }

  declaration(name: string, schema: z.core.$ZodType, direction: Direction, doc?: string): string {
    const comment = docComment(doc);
    const byHand = handWritten[name];
    if (byHand !== undefined) {
      for (const need of ["FrameId", "Nonce"]) if (byHand.includes(need)) this.#needs.add(need);
      return `${comment}export type ${name} = ${byHand};`;
    }
    const page = itemsOf(schema);
    if (page) {
      const item = this.type(page.item, direction);
      this.#needs.add("Page");
      const body = this.#properties(page.rest, direction);
      return body === ""
        ? `${comment}export type ${name} = Page<${item}>;`
        : `${comment}export interface ${name} extends Page<${item}> {\n${body}}`;
    }
    if (!(schema instanceof z.ZodObject))
      return `${comment}export type ${name} = ${this.#expression(schema, direction)};`;
    if (Object.keys(schema.shape).length === 0)
      return `${comment}export type ${name} = Record<never, never>;`;
    const base = this.#baseOf(schema.shape, direction);
    const shape = base ? without(schema.shape, base.shape) : schema.shape;
    this.#objects.set(name, { shape: schema.shape, direction });
    const heritage = base ? ` extends ${base.name}` : "";
    return `${comment}export interface ${name}${heritage} {\n${this.#properties(shape, direction)}${this.#rest(schema)}}`;
  }

  /** Whether a schema is declared by name: aliases of strings and numbers only if the contract names them by an id. */
  #isDeclared(schema: z.core.$ZodType, name: string): boolean {
    if (!isPlain(schema)) return true;
    const origin = namedSchemaOf(schema);
    return origin !== undefined && metaOf(origin)["id"] === name;
  }

  #baseOf(shape: Record<string, z.core.$ZodType>, direction: Direction) {
    const bases = [...this.#objects]
      .filter(([, base]) => base.direction === direction && Object.keys(base.shape).length >= 4)
      .filter(([, base]) => Object.entries(base.shape).every(([key, value]) => shape[key] === value))
      .toSorted(([, a], [, b]) => Object.keys(b.shape).length - Object.keys(a.shape).length);
    const [first] = bases;
    if (!first) return undefined;
    this.#needs.add(first[0]);
    return { name: first[0], shape: first[1].shape };
  }

  #expression(schema: z.core.$ZodType, direction: Direction): string {
    const wire = metaOf(schema)["type"];
    if (metaOf(schema)["format"] === "comma-separated") return "string | readonly string[]";
    if (direction === "input" && wire === "integer") return "number";
    if (direction === "input" && wire === "string") return "string";
    if (schema instanceof z.ZodString || schema instanceof z.ZodStringFormat) return "string";
    if (schema instanceof z.ZodNumber) return "number";
    if (schema instanceof z.ZodBoolean) return "boolean";
    if (schema instanceof z.ZodNull) return "null";
    if (schema instanceof z.ZodUnknown) return "unknown";
    if (schema instanceof z.ZodLiteral)
      return [...schema.values].map((value) => JSON.stringify(value)).join(" | ");
    if (schema instanceof z.ZodEnum) return schema.options.map((value) => JSON.stringify(value)).join(" | ");
    if (schema instanceof z.ZodArray) return `${grouped(this.type(schema.element, direction))}[]`;
    if (schema instanceof z.ZodTuple)
      return `[${schema.def.items.map((item) => this.type(item, direction)).join(", ")}]`;
    if (schema instanceof z.ZodRecord)
      return `Record<${this.type(schema.keyType, direction)}, ${this.type(schema.valueType, direction)}>`;
    if (schema instanceof z.ZodUnion)
      return [...new Set(schema.options.map((option) => this.type(option, direction)))].join(" | ");
    if (schema instanceof z.ZodNullable) return `${this.type(schema.unwrap(), direction)} | null`;
    if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault)
      return this.type(schema.unwrap() as z.core.$ZodType, direction);
    if (schema instanceof z.ZodPipe)
      return this.type(direction === "input" ? schema.in : schema.out, direction);
    if (schema instanceof z.ZodObject)
      return `{\n${this.#properties(schema.shape, direction)}${this.#rest(schema)}}`;
    throw new Error(`zod's ${schema._zod.def.type} has no TypeScript form yet: add it to TypeWriter`);
  }

  #rest(schema: z.ZodObject): string {
    return schema.def.catchall instanceof z.ZodUnknown ? "[key: string]: unknown;\n" : "";
  }

  #properties(shape: Record<string, z.core.$ZodType>, direction: Direction): string {
    return Object.entries(shape)
      .map(([name, schema]) => {
        const mark = isOptional(schema, direction) ? "?" : "";
        return `${docComment(propertyDoc(schema, direction))}${name}${mark}: ${this.type(schema, direction)};\n`;
      })
      .join("");
  }
}

export const isOptional = (schema: z.core.$ZodType, direction: Direction): boolean =>
  schema instanceof z.ZodOptional || (direction === "input" && schema instanceof z.ZodDefault);

/** Returns the item schema of a list response and its fields other than `items` and `nextCursor`; undefined for other schemas. */
export function itemsOf(schema: z.core.$ZodType) {
  if (!(schema instanceof z.ZodObject)) return undefined;
  const { items, nextCursor, ...rest } = schema.shape as Record<string, z.core.$ZodType>;
  return items instanceof z.ZodArray && nextCursor ? { item: items.element, rest } : undefined;
}

/** Whether a schema is a string or a number, with or without checks and transformations. */
function isPlain(schema: z.core.$ZodType): boolean {
  const inner = bare(schema);
  if (inner instanceof z.ZodPipe) return isPlain(inner.in);
  return inner instanceof z.ZodString || inner instanceof z.ZodStringFormat || inner instanceof z.ZodNumber;
}

const grouped = (type: string): string => (/ \| /.test(type) && !type.startsWith("{") ? `(${type})` : type);

const without = (shape: Record<string, z.core.$ZodType>, base: object): Record<string, z.core.$ZodType> =>
  Object.fromEntries(Object.entries(shape).filter(([key]) => !Object.hasOwn(base, key)));

/** Unwraps optional, nullable and default schemas. */
function bare(schema: z.core.$ZodType): z.core.$ZodType {
  const isWrapped =
    schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault;
  return isWrapped ? bare(schema.unwrap() as z.core.$ZodType) : schema;
}

/** Returns the description of a named type. */
const documentation = (schema: z.core.$ZodType, comment: string | undefined): string | undefined =>
  (metaOf(schema)["description"] as string | undefined) ?? comment;

/** Returns the description of a property, unless it is that of its type. */
function propertyDoc(schema: z.core.$ZodType, direction: Direction): string {
  const inner = bare(schema);
  const own = [schema, inner].map((one) => metaOf(one)["description"]).find((text) => text !== undefined);
  const origin = namedSchemaOf(inner);
  const ofType = origin && metaOf(origin)["description"];
  const parts = own !== undefined && own !== ofType ? [sentence(String(own))] : [];
  if (direction === "input") parts.push(...bounds(schema));
  return parts.join(" ");
}

/** Describes lengths in characters, ranges and defaults of a field that a client sends. */
function bounds(schema: z.core.$ZodType): string[] {
  const meta = { ...metaOf(bare(schema)), ...metaOf(schema) };
  const parts: string[] = [];
  const { minLength, maxLength, minimum, maximum } = meta;
  if (maxLength !== undefined) parts.push(`${String(minLength ?? 0)} to ${String(maxLength)} characters.`);
  if (maximum !== undefined) parts.push(`${String(minimum ?? 0)} to ${String(maximum)}.`);
  const value = schema instanceof z.ZodDefault ? schema.def.defaultValue : undefined;
  if (value !== undefined && value !== "") parts.push(`Default: ${JSON.stringify(value)}.`);
  return parts;
}

export const sentence = (text: string): string => (/[.!?]$/.test(text) ? text : `${text}.`);

/** Returns a JSDoc comment of these lines; an empty string for none. */
export function docComment(...lines: (string | undefined)[]): string {
  const text = lines.filter((line) => line !== undefined && line !== "") as string[];
  if (text.length === 0) return "";
  const wrapped = text
    .map((line) => wrap(line.replaceAll("*/", "*\\/")).join("\n"))
    .join("\n\n")
    .split("\n");
  if (wrapped.length === 1) return `/** ${wrapped[0]} */\n`;
  return `/**\n${wrapped.map((line) => ` *${line && ` ${line}`}\n`).join("")} */\n`;
}

function wrap(text: string, width = 110): string[] {
  const lines = [""];
  for (const word of text.split(" ")) {
    const last = lines.at(-1) ?? "";
    if (last !== "" && last.length + word.length + 1 > width) lines.push(word);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return lines;
}
