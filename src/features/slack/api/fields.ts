import { z } from "zod";

/** Arguments arrive as text from forms and queries, and as any JSON value otherwise. These schemas accept both. */

const longestText = 200_000;

/** Text, also from a number. */
export const textField: z.ZodType<string> = z
  .union([z.string(), z.number(), z.boolean()])
  .transform(String)
  .pipe(z.string().max(longestText));

/** An id, name or `ts`. */
export const keyField: z.ZodType<string> = textField.pipe(z.string().trim().min(1).max(255));

/** The cursor of a page: ours, with a letter in front of some. */
export const cursorField: z.ZodType<string> = textField.pipe(z.string().max(2_050));

export const booleanField: z.ZodType<boolean> = z
  .union([z.boolean(), z.string(), z.number()])
  .transform((value) => value === true || value === 1 || value === "1" || value === "true");

export const integerField: z.ZodType<number> = z
  .union([z.number(), z.string().regex(/^-?\d{1,12}$/)])
  .transform(Number)
  .pipe(z.int());

/** A number of items of a page. Slack accepts up to 1,000. */
export const limitField = (standard: number): z.ZodType<number> =>
  integerField
    .optional()
    .transform((limit) => (limit === undefined || limit < 1 ? standard : Math.min(limit, 1_000)));

/** A list of ids, as an array or separated by commas. */
export const listField: z.ZodType<string[]> = z
  .union([z.array(z.string().max(255)).max(1_000), z.string().max(longestText)])
  .transform((list) =>
    (typeof list === "string" ? list.split(",") : list)
      .map((item) => item.trim())
      .filter((item) => item !== ""),
  )
  .pipe(z.array(z.string()).max(1_000));

/** A JSON value, or its text. Empty text counts as absent. */
export const jsonField = <S extends z.ZodType>(schema: S): z.ZodType<z.output<S> | undefined> =>
  z.preprocess((value, context) => {
    if (typeof value !== "string") return value ?? undefined;
    if (value.trim() === "") return undefined;
    try {
      return JSON.parse(value) as unknown;
    } catch {
      context.addIssue({ code: "custom", message: "Must be JSON" });
      return z.NEVER;
    }
  }, schema.optional()) as unknown as z.ZodType<z.output<S> | undefined>;
