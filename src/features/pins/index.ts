export { decidePinMessage, decideUnpinMessage } from "./decide.ts";
export { projectPins } from "./project.ts";
export { pinRoutes } from "./routes.ts";
export { createPinTable, PinState } from "./pin-table.ts";
