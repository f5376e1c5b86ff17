import { render } from "preact";
import { App } from "./app/app.tsx";
import { applyTheme } from "./app/theme.ts";
import { startPwa } from "./pwa/start.ts";
import { restoreSession } from "./session.ts";

startPwa();
applyTheme();
void restoreSession();
const host = document.getElementById("app");
if (host) render(<App />, host);
