/**
 * A Worker that applies migrations to one of its D1 databases. `local-migrations.ts` runs it in Miniflare, because one request to a
 * Worker costs a quarter of the CPU time of Miniflare's `getD1Database`.
 *
 * Request: `{ binding, createTable, migrations: { name, statements }[] }`, the migrations in their order. Response: `{ applied }`, the
 * number of migrations that were missing, or status 500 and `{ error }`; the migrations before the failed one stay applied.
 */
// The runtime requires a default export.
/* oxlint-disable-next-line import/no-default-export */
export default {
  async fetch(request, env) {
    const { binding, createTable, migrations } = await request.json();
    const database = env[binding];
    await database.prepare(createTable).run();
    const { results } = await database.prepare("SELECT name FROM d1_migrations").all();
    const present = new Set(results.map(({ name }) => name));
    const missing = migrations.filter(({ name }) => !present.has(name));
    for (const { name, statements } of missing) {
      const record = database.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(name);
      try {
        // D1 runs a batch as a transaction.
        await database.batch([...statements.map((statement) => database.prepare(statement)), record]);
      } catch (error) {
        return Response.json({ error: `${name}: ${error.message}` }, { status: 500 });
      }
    }
    return Response.json({ applied: missing.length });
  },
};
