/** The minimal Worker that stores files in R2, with which Parley is compared. */
export default {
  async fetch({ method, url, body }: Request, { FILES }: Env): Promise<Response> {
    const { pathname: key } = new URL(url);
    if (method === "PUT") {
      await FILES.put(key, body);
      return new Response(null, { status: 201 });
    }
    if (method === "DELETE") {
      await FILES.delete(key);
      return new Response(null, { status: 204 });
    }
    const object = await FILES.get(key);
    return object ? new Response(object.body) : new Response(null, { status: 404 });
  },
};
