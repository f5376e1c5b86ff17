import { z } from "zod";
import { endpoint } from "./endpoint.ts";
import { limits } from "./limits.ts";

/** The longest URL of a preview, in UTF-16 code units. */

const WebUrl = z
  .string()
  .max(limits.urlLength)
  .refine(
    (url) => URL.canParse(url) && /^https?:$/.test(new URL(url).protocol),
    "Must be a URL with http or https",
  )
  .meta({
    format: "uri",
    description: "The address of the page or image.",
    examples: ["https://example.org/article"],
  });

export const LinkPreview = z
  .object({
    url: z.string().meta({ description: "The address of the page, after redirects." }),
    title: z.string().nullable(),
    description: z.string().nullable(),
    siteName: z.string().nullable(),
    imageUrl: z.string().nullable().meta({
      description:
        "The path of the image on this server, which needs no token and is valid for at least a day.",
    }),
  })
  .meta({
    id: "LinkPreview",
    description:
      "What a page says about itself. The texts are plain text from any website: show them as text.",
  });
export type LinkPreview = z.infer<typeof LinkPreview>;

export const getPreview = endpoint({
  method: "get",
  path: "/v1/previews",
  tag: "previews",
  auth: "user",
  restricted: true,
  summary:
    "Get the title, description and image of a web page by its OpenGraph data. `preview` is null where there is none, for whatever reason",
  query: z.strictObject({ url: WebUrl }),
  status: 200,
  response: z.object({ preview: LinkPreview.nullable() }),
  errors: [],
});

export const getPreviewImage = endpoint({
  method: "get",
  path: "/v1/previews/image",
  tag: "previews",
  auth: "public",
  summary: "Download the image of a preview. The address is signed; it comes from `imageUrl`",
  query: z.strictObject({
    url: WebUrl,
    expires: z
      .string()
      .regex(/^\d{1,12}$/, "Must be a time in seconds")
      .meta({ description: "Until when the address is valid, in seconds since 1970." }),
    mac: z.string().max(64).meta({ description: "The signature." }),
  }),
  status: 200,
  produces: ["application/octet-stream"],
  errors: ["not_found"],
});
