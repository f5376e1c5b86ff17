export { decidePinMessage, decideUnpinMessage } from "./decide.ts";
export { projectPins } from "./project.ts";
export { pinRoutes } from "./routes.ts";
export { createPinEventIndex, createPinTable, PinTable } from "./pin-table.ts";
